using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Cloud.Gateway.WebSockets;

namespace Cloud.Gateway.Tests.Support;

/// <summary>Both ends of a real connection with small buffers, and a writer on the server's.</summary>
internal sealed class SocketPair : IDisposable
{
    private SocketPair(Socket server, Socket client)
    {
        Server = server;
        Client = client;
        Writer = new SocketPipeWriter(server, Transport.Writer);
    }

    public Socket Server { get; }

    public Socket Client { get; }

    public Pipe Transport { get; } = new();

    public SocketPipeWriter Writer { get; }

    public static async Task<SocketPair> OpenAsync()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        ValueTask connecting = client.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        Socket server = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        await connecting;
        server.SendBufferSize = 16_384;
        server.Blocking = false;
        return new SocketPair(server, client);
    }

    public void Dispose()
    {
        Server.Dispose();
        Client.Dispose();
    }
}
