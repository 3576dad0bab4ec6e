using System.Net.WebSockets;
using System.Threading.Channels;
using Cloud.Gateway.JsonRpc;
using Cloud.Gateway.Metrics;
using Cloud.Gateway.Subscriptions;

namespace Cloud.Gateway.WebSockets;

/// <summary>The sending side of a WebSocket connection: a bounded queue and one task that empties it. A client that does not keep up is told so and closed; it never delays anybody else.</summary>
internal sealed class PushConnection : IPushConnection, IAsyncDisposable
{
    private readonly WebSocket _socket;
    private readonly PushOptions _options;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly string _kind;
    private readonly Channel<Message> _queue;
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _sender;
    private readonly TaskCompletionSource<(WebSocketCloseStatus Status, string Reason)> _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _readerEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _queuedBytes;
    private volatile bool _isDropping;

    /// <summary>Starts sending.</summary>
    /// <param name="socket">The socket; the caller keeps reading from it.</param>
    /// <param name="kind">For metrics.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="maxSubscriptions">Most subscriptions.</param>
    /// <param name="metrics">Counts.</param>
    /// <param name="time">The clock.</param>
    public PushConnection(WebSocket socket, string kind, PushOptions options, int maxSubscriptions, GatewayMetrics metrics, TimeProvider time)
    {
        _socket = socket;
        _kind = kind;
        _options = options;
        _metrics = metrics;
        _time = time;
        _queue = Channel.CreateBounded<Message>(new BoundedChannelOptions(options.MaxQueuedMessages) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        Subscriptions = new SubscriptionSet(maxSubscriptions);
        _sender = SendAsync();
    }

    /// <inheritdoc/>
    public CancellationToken Closed => _closed.Token;

    /// <inheritdoc/>
    public SubscriptionSet Subscriptions { get; }

    /// <inheritdoc/>
    public bool TryPush(ReadOnlyMemory<byte> message) => TryPush(default, message, WebSocketMessageType.Text);

    /// <inheritdoc/>
    public bool TryPush(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body) => TryPush(head, body, WebSocketMessageType.Text);

    /// <inheritdoc/>
    public void Close(string reason) => CompleteThenClose(WebSocketCloseStatus.EndpointUnavailable, reason);

    /// <summary>Queues a message of a kind.</summary>
    /// <param name="head">The first part, may be empty.</param>
    /// <param name="body">The rest. Shared between connections: nobody writes to it.</param>
    /// <param name="type">Text or binary.</param>
    /// <returns>False where the connection is closed or closing.</returns>
    public bool TryPush(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, WebSocketMessageType type)
    {
        if (_closing.Task.IsCompleted)
        {
            return false;
        }

        Message message = new(head, body, type);
        if (Interlocked.Add(ref _queuedBytes, message.Length) > _options.MaxQueuedBytes || !_queue.Writer.TryWrite(message))
        {
            _metrics.SlowClient(_kind);
            BeginClose(WebSocketCloseStatus.PolicyViolation, $"client too slow: more than {_options.MaxQueuedMessages} messages or {_options.MaxQueuedBytes} bytes wait");
            return false;
        }

        return true;
    }

    /// <summary>Closes the connection after the message under way; what is queued is not sent any more.</summary>
    /// <param name="status">The code (RFC 6455 section 7.4).</param>
    /// <param name="reason">For the client, at most 123 bytes.</param>
    public void BeginClose(WebSocketCloseStatus status, string reason)
    {
        _isDropping = true;
        CompleteThenClose(status, reason);
    }

    /// <summary>Closes the connection after what is queued was sent.</summary>
    /// <param name="status">The code.</param>
    /// <param name="reason">For the client, at most 123 bytes.</param>
    public void CompleteThenClose(WebSocketCloseStatus status, string reason)
    {
        if (_closing.TrySetResult((status, reason)))
        {
            _queue.Writer.TryComplete();
        }
    }

    /// <summary>Ends subscriptions, sends what is queued, and closes. To be called when reading has ended.</summary>
    /// <returns>Completes when nothing of the connection runs any more.</returns>
    public async ValueTask DisposeAsync()
    {
        Subscriptions.Dispose();
        _readerEnded.TrySetResult();
        CompleteThenClose(WebSocketCloseStatus.NormalClosure, "");
        await _sender.ConfigureAwait(false);
        _closed.Dispose();
    }

    private async Task SendAsync()
    {
        try
        {
            await foreach (Message message in _queue.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                if (_isDropping)
                {
                    break;
                }

                using CancellationTokenSource deadline = new(_options.SendTimeout, _time);
                if (!message.Head.IsEmpty)
                {
                    // Two fragments of one message: the body is not copied for each connection.
                    await _socket.SendAsync(message.Head, message.Type, false, deadline.Token).ConfigureAwait(false);
                }

                await _socket.SendAsync(message.Body, message.Type, true, deadline.Token).ConfigureAwait(false);
                Interlocked.Add(ref _queuedBytes, -message.Length);
            }

            (WebSocketCloseStatus status, string reason) = await _closing.Task.ConfigureAwait(false);
            using CancellationTokenSource closeDeadline = new(_options.CloseTimeout, _time);
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                // Only the sending side: the reader gets the client's answer.
                await _socket.CloseOutputAsync(status, reason, closeDeadline.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            _metrics.SlowClient(_kind);
            BeginClose(WebSocketCloseStatus.PolicyViolation, "");
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            BeginClose(WebSocketCloseStatus.EndpointUnavailable, "");
        }

        await _closed.CancelAsync().ConfigureAwait(false);
        await WaitForClientAsync().ConfigureAwait(false);
    }

    /// <summary>Gives the client time to answer the close, then lets the reader go.</summary>
    private async Task WaitForClientAsync()
    {
        await Task.WhenAny(_readerEnded.Task, Task.Delay(_options.CloseTimeout, _time)).ConfigureAwait(false);
        if (!_readerEnded.Task.IsCompleted)
        {
            _socket.Abort();
        }
    }

    private readonly record struct Message(ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Body, WebSocketMessageType Type)
    {
        public int Length => Head.Length + Body.Length;
    }
}
