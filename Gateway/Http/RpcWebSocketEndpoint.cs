using System.Net.WebSockets;
using Cloud.Gateway.JsonRpc;
using Cloud.Gateway.Limits;
using Cloud.Gateway.Metrics;
using Cloud.Gateway.WebSockets;
using Microsoft.AspNetCore.Http;

namespace Cloud.Gateway.Http;

/// <summary>JSON-RPC over a WebSocket: each message is a request or a batch; several may run at once; subscriptions push on the same connection.</summary>
internal sealed class RpcWebSocketEndpoint(
    JsonRpcServer server, RpcOptions options, PushOptions push, PingSweep pings, WebSocketDoor door, GatewayMetrics metrics, TimeProvider time, DrainState drain)
{
    private const string Kind = "rpc";

    /// <summary>Serves a connection until it closes.</summary>
    /// <param name="context">The upgrade request.</param>
    public async Task HandleAsync(HttpContext context)
    {
        if (await door.EnterAsync(context, needsUpgrade: true).ConfigureAwait(false) is not var (client, place))
        {
            return;
        }

        using (place)
        {
            SocketPipeWriter? direct = SocketTransport.Of(context);
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(push.ToAcceptContext(direct)).ConfigureAwait(false);
            metrics.Connection(Kind, 1);
            try
            {
                await ServeAsync(socket, direct, client, context.RequestAborted).ConfigureAwait(false);
            }
            finally
            {
                metrics.Connection(Kind, -1);
            }
        }
    }

    private async Task ServeAsync(WebSocket socket, SocketPipeWriter? direct, ClientId client, CancellationToken aborted)
    {
        await using PushConnection connection = new(socket, direct, Kind, push, options.MaxSubscriptions, metrics, time);
        using IDisposable? pinging = pings.Add(connection, direct);
        using CancellationTokenRegistration draining = drain.Token.UnsafeRegister(
            static state => ((PushConnection)state!).CompleteThenClose(WebSocketCloseStatus.EndpointUnavailable, "the gateway is draining: connect again"), connection);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(aborted, connection.Closed);
        using SemaphoreSlim room = new(options.MaxConcurrentPerConnection);
        using MessageReader reader = new(socket, options.MaxRequestBytes);
        List<Task> running = [];
        while (true)
        {
            MessageReading reading = await reader.ReadAsync(aborted).ConfigureAwait(false);
            if (reading.Kind != MessageReadingKind.Message)
            {
                if (reading.Kind == MessageReadingKind.TooLarge)
                {
                    connection.BeginClose(WebSocketCloseStatus.MessageTooBig, $"message too large: at most {options.MaxRequestBytes} bytes are allowed");
                }

                break;
            }

            // Reading stops here while as many requests run as may: the network tells the client to wait.
            try
            {
                await room.WaitAsync(stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            byte[] request = reading.Message.ToArray();
            running.RemoveAll(task => task.IsCompleted);
            running.Add(AnswerAsync(request, new RpcSession(client, connection), connection, room, stop.Token));
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ConfigureAwait(false);
    }

    private async Task AnswerAsync(byte[] request, RpcSession session, PushConnection connection, SemaphoreSlim room, CancellationToken cancellationToken)
    {
        try
        {
            using PooledBuffer output = new(options.MaxResponseBytes);
            RpcReply reply = await server.HandleAsync(request, session, output, cancellationToken).ConfigureAwait(false);
            if (reply.HasResponse)
            {
                connection.TryPush(output.Written.ToArray());
            }

            foreach (Action action in session.AfterResponse)
            {
                action();
            }
        }
        catch (OperationCanceledException)
        {
            // The connection is closed.
        }
        finally
        {
            room.Release();
        }
    }
}
