using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Cloud.Gateway.WebSockets;

/// <summary>Puts a <see cref="SocketPipeWriter"/> under each connection that has a socket, and finds it again for those on which the gateway pushes.</summary>
internal static class SocketTransport
{
    /// <summary>Serves a connection; to be the first in its pipeline.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="next">The rest of the pipeline.</param>
    public static async Task ServeAsync(ConnectionContext connection, Func<Task> next)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            await next().ConfigureAwait(false);
            return;
        }

        // A call that the network would keep waiting returns instead. The server's own calls never wait anyway.
        socket.Blocking = false;
        IDuplexPipe transport = connection.Transport;
        SocketPipeWriter writer = new(socket, transport.Output);
        connection.Features.Set(writer);
        connection.Transport = new Pair(new NotingPipeReader(transport.Input, writer), writer);
        try
        {
            await next().ConfigureAwait(false);
        }
        finally
        {
            connection.Features.Set<SocketPipeWriter>(null);
            connection.Transport = transport;
        }
    }

    /// <summary>Where frames of an upgraded connection can be written past the server.</summary>
    /// <param name="context">The upgrade request.</param>
    /// <returns>Null where the bytes on the socket are not the frames themselves: under TLS, in HTTP/2, in a server without sockets.</returns>
    public static SocketPipeWriter? Of(HttpContext context) =>
        HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<ITlsHandshakeFeature>() is null ? context.Features.Get<SocketPipeWriter>() : null;

    private sealed record Pair(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
