using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;

namespace Cloud.Settlement.JsonRpc;

/// <summary>Tells when it is time to look at L1's head: at once when a node's subscription to newHeads says so, and in any case after the poll interval. A signal says nothing about the chain:
/// subscriptions lose heads, and tell nothing of some reorgs, so what follows is always a look by JSON-RPC.</summary>
public sealed class HeadSignals
{
    private const int MaxMessageLength = 1 << 20;

    private static readonly byte[] Subscribe = Encoding.ASCII.GetBytes("""{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}""");

    private readonly Uri? _webSocket;
    private readonly TimeSpan _pollInterval;
    private readonly TimeSpan _reconnectAfter;
    private readonly TimeProvider _time;

    /// <summary>Makes signals.</summary>
    /// <param name="webSocket">A node's WebSocket; null to poll only.</param>
    /// <param name="pollInterval">Longest time between two signals.</param>
    /// <param name="reconnectAfter">Rest before a broken subscription is made again.</param>
    /// <param name="time">The clock.</param>
    public HeadSignals(Uri? webSocket, TimeSpan pollInterval, TimeSpan reconnectAfter, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(pollInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(reconnectAfter, TimeSpan.Zero);
        _webSocket = webSocket;
        _pollInterval = pollInterval;
        _reconnectAfter = reconnectAfter;
        _time = time;
    }

    /// <summary>Signals until cancelled. Those that come while nobody waits are one.</summary>
    /// <param name="cancellationToken">Ends the sequence.</param>
    /// <returns>Whether a subscription gave the signal; false for the poll interval.</returns>
    public async IAsyncEnumerable<bool> SignalsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Channel<bool> heads = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task subscription = _webSocket is null ? Task.CompletedTask : FollowAsync(_webSocket, heads.Writer, ends.Token);
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                bool pushed = await WaitAsync(heads.Reader, cancellationToken).ConfigureAwait(false);
                if (!cancellationToken.IsCancellationRequested)
                {
                    yield return pushed;
                }
            }
        }
        finally
        {
            await ends.CancelAsync().ConfigureAwait(false);
            await subscription.ConfigureAwait(false);
        }
    }

    private async Task<bool> WaitAsync(ChannelReader<bool> heads, CancellationToken cancellationToken)
    {
        using CancellationTokenSource interval = new(_pollInterval, _time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(interval.Token, cancellationToken);
        try
        {
            return await heads.ReadAsync(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Keeps a subscription alive until cancelled.</summary>
    private async Task FollowAsync(Uri address, ChannelWriter<bool> heads, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[16 << 10];
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                using ClientWebSocket socket = new();
                await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
                await socket.SendAsync(Subscribe, WebSocketMessageType.Text, endOfMessage: true, cancellationToken).ConfigureAwait(false);
                bool confirmed = false;
                while (await ReadAsync(socket, buffer, cancellationToken).ConfigureAwait(false))
                {
                    // The first message confirms the subscription; each later one is a head.
                    if (confirmed)
                    {
                        heads.TryWrite(true);
                    }

                    confirmed = true;
                }
            }
            catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or IOException or HttpRequestException)
            {
                // Polling goes on; the subscription is made again after the rest.
            }

            try
            {
                await Task.Delay(_reconnectAfter, _time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Reads a whole message and forgets it.</summary>
    private static async Task<bool> ReadAsync(ClientWebSocket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        int length = 0;
        while (true)
        {
            WebSocketReceiveResult part = await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
            length += part.Count;
            if (part.MessageType == WebSocketMessageType.Close || length > MaxMessageLength)
            {
                return false;
            }

            if (part.EndOfMessage)
            {
                return true;
            }
        }
    }
}
