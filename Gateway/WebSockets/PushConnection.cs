using System.Buffers;
using System.Net.WebSockets;
using Cloud.Gateway.JsonRpc;
using Cloud.Gateway.Metrics;
using Cloud.Gateway.Subscriptions;

namespace Cloud.Gateway.WebSockets;

/// <summary>
/// The sending side of a WebSocket: who pushes hands the message to the network, a bounded queue takes what comes while the network is busy, and a client that does not keep up is told so and closed. Safe for several threads.
/// A push to thousands fetches each one's state from memory: it is its own lock, and has no queue until one is needed.
/// </summary>
internal sealed class PushConnection : IPushConnection, IAsyncDisposable
{
    // Below this, copying two parts into one frame costs less than a second frame.
    private const int MaxJoined = 16_384;

    private readonly WebSocket _socket;
    private readonly SocketPipeWriter? _direct;
    private readonly PushOptions _options;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly string _kind;
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _readerEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Queue<Message>? _queue;
    private ITimer? _deadline;
    private long _queuedBytes;
    private long _waitingSince;
    private bool _isSending;
    private bool _isWaiting;
    private bool _isDropping;
    private (WebSocketCloseStatus Status, string Reason)? _closing;

    /// <summary>Makes the sending side.</summary>
    /// <param name="socket">The socket; the caller keeps reading from it.</param>
    /// <param name="direct">Where its frames can be written without it; null where they cannot.</param>
    /// <param name="kind">For metrics.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="maxSubscriptions">Most subscriptions.</param>
    /// <param name="metrics">Counts.</param>
    /// <param name="time">The clock.</param>
    public PushConnection(WebSocket socket, SocketPipeWriter? direct, string kind, PushOptions options, int maxSubscriptions, GatewayMetrics metrics, TimeProvider time)
    {
        _socket = socket;
        _direct = direct;
        _kind = kind;
        _options = options;
        _metrics = metrics;
        _time = time;
        Subscriptions = new SubscriptionSet(maxSubscriptions);
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
    public int Touch() => (_isSending ? 1 : 0) + (_direct?.Touch() ?? 0);

    /// <inheritdoc/>
    public void Close(string reason) => CompleteThenClose(WebSocketCloseStatus.EndpointUnavailable, reason);

    /// <summary>Sends a message of a kind, or queues it behind those under way.</summary>
    /// <param name="head">The first part, may be empty.</param>
    /// <param name="body">The rest. Shared between connections: nobody writes to it.</param>
    /// <param name="type">Text or binary.</param>
    /// <returns>False where the connection is closed or closing.</returns>
    public bool TryPush(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, WebSocketMessageType type)
    {
        Message message = new(head, body, type);
        bool isRoom;
        lock (this)
        {
            if (_closing is not null)
            {
                return false;
            }

            isRoom = _queuedBytes + message.Length <= _options.MaxQueuedBytes && (_queue?.Count ?? 0) < _options.MaxQueuedMessages;
            if (isRoom)
            {
                if (_isSending)
                {
                    (_queue ??= []).Enqueue(message);
                    _queuedBytes += message.Length;
                    return true;
                }

                _isSending = true;
            }
        }

        if (!isRoom)
        {
            _metrics.SlowClient(_kind);
            BeginClose(WebSocketCloseStatus.PolicyViolation, $"client too slow: more than {_options.MaxQueuedMessages} messages or {_options.MaxQueuedBytes} bytes wait");
            return false;
        }

        // On this thread: handing it to the network does not wait, and another thread for each of thousands of clients would cost more than the sending.
        Task<bool> sending = TrySendAsync(message);
        if (sending.IsCompletedSuccessfully && sending.Result && IsIdle())
        {
            return true;
        }

        _ = RunAsync(sending);
        return true;
    }

    /// <summary>Closes the connection after the message under way; what is queued is not sent any more.</summary>
    /// <param name="status">The code (RFC 6455 section 7.4).</param>
    /// <param name="reason">For the client, at most 123 bytes.</param>
    public void BeginClose(WebSocketCloseStatus status, string reason) => Complete(status, reason, isDropping: true);

    /// <summary>Closes the connection after what is queued was sent.</summary>
    /// <param name="status">The code.</param>
    /// <param name="reason">For the client, at most 123 bytes.</param>
    public void CompleteThenClose(WebSocketCloseStatus status, string reason) => Complete(status, reason, isDropping: false);

    /// <summary>Asks the client for a sign of life, between two messages. Only where frames are written past the server.</summary>
    public void Ping()
    {
        lock (this)
        {
            if (_closing is not null)
            {
                return;
            }
        }

        _ = TryAsync(_direct!.SendAsync(WebSocketFrame.Ping));
    }

    /// <summary>Ends the connection without waiting for the client: it gives no sign of life.</summary>
    public void GiveUp()
    {
        BeginClose(WebSocketCloseStatus.EndpointUnavailable, "a ping was not answered");
        _socket.Abort();
    }

    /// <summary>Ends subscriptions, sends what is queued, and closes. To be called when reading has ended.</summary>
    /// <returns>Completes when nothing of the connection runs any more.</returns>
    public async ValueTask DisposeAsync()
    {
        Subscriptions.Dispose();
        _readerEnded.TrySetResult();
        CompleteThenClose(WebSocketCloseStatus.NormalClosure, "");
        await _ended.Task.ConfigureAwait(false);
        if (_deadline is not null)
        {
            await _deadline.DisposeAsync().ConfigureAwait(false);
        }

        _closed.Dispose();
    }

    private void Complete(WebSocketCloseStatus status, string reason, bool isDropping)
    {
        lock (this)
        {
            _isDropping |= isDropping;
            if (_closing is not null)
            {
                return;
            }

            _closing = (status, reason);
            if (_isSending)
            {
                return;
            }

            _isSending = true;
        }

        _ = EndAsync();
    }

    /// <summary>Waits for the message under way, and sends all that is queued meanwhile.</summary>
    private async Task RunAsync(Task<bool> sending)
    {
        while (await sending.ConfigureAwait(false))
        {
            if (IsIdle())
            {
                return;
            }

            Message message;
            lock (this)
            {
                if (_isDropping || _queue is null || !_queue.TryDequeue(out message))
                {
                    break;
                }

                _queuedBytes -= message.Length;
            }

            sending = TrySendAsync(message);
        }

        await EndAsync().ConfigureAwait(false);
    }

    /// <summary>Ends this side's turn where nothing is left to send or to close.</summary>
    private bool IsIdle()
    {
        lock (this)
        {
            if (_closing is not null || _queue is { Count: > 0 })
            {
                return false;
            }

            _isSending = false;
            return true;
        }
    }

    /// <summary>Sends one message.</summary>
    /// <returns>False where nothing more can be sent.</returns>
    private Task<bool> TrySendAsync(Message message)
    {
        if (_direct is null)
        {
            return TryAsync(SendByServerAsync(message));
        }

        ValueTask sending = WebSocketFrame.SendAsync(_direct, message.Head, message.Body, message.Type);
        return sending.IsCompletedSuccessfully ? Task.FromResult(true) : TryAsync(WithDeadlineAsync(sending));
    }

    private async Task<bool> TryAsync(ValueTask sending)
    {
        try
        {
            await sending.ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            BeginClose(WebSocketCloseStatus.EndpointUnavailable, "");
            return false;
        }
    }

    private async ValueTask SendByServerAsync(Message message)
    {
        byte[]? joined = null;
        try
        {
            ReadOnlyMemory<byte> body = message.Body;
            if (!message.Head.IsEmpty && message.Length <= MaxJoined)
            {
                joined = ArrayPool<byte>.Shared.Rent(message.Length);
                message.Head.CopyTo(joined);
                message.Body.CopyTo(joined.AsMemory(message.Head.Length));
                body = joined.AsMemory(0, message.Length);
            }
            else if (!message.Head.IsEmpty)
            {
                // Two fragments of one message: a long body is not copied for each connection.
                await WithDeadlineAsync(_socket.SendAsync(message.Head, message.Type, false, CancellationToken.None)).ConfigureAwait(false);
            }

            await WithDeadlineAsync(_socket.SendAsync(body, message.Type, true, CancellationToken.None)).ConfigureAwait(false);
        }
        finally
        {
            if (joined is not null)
            {
                ArrayPool<byte>.Shared.Return(joined);
            }
        }
    }

    /// <summary>Waits for the network, up to the deadline; then the socket is aborted, which ends the wait.</summary>
    private async ValueTask WithDeadlineAsync(ValueTask sending)
    {
        if (sending.IsCompleted)
        {
            // Most messages: no timer, no task.
            await sending.ConfigureAwait(false);
            return;
        }

        lock (this)
        {
            _isWaiting = true;
            _waitingSince = _time.GetTimestamp();
            _deadline ??= _time.CreateTimer(static state => ((PushConnection)state!).CheckDeadline(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _deadline.Change(_options.SendTimeout, Timeout.InfiniteTimeSpan);
        }

        try
        {
            await sending.ConfigureAwait(false);
        }
        finally
        {
            lock (this)
            {
                _isWaiting = false;
                _deadline.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void CheckDeadline()
    {
        lock (this)
        {
            // A timer that fires late finds another message under way.
            if (!_isWaiting || _time.GetElapsedTime(_waitingSince) < _options.SendTimeout)
            {
                return;
            }
        }

        _metrics.SlowClient(_kind);
        BeginClose(WebSocketCloseStatus.PolicyViolation, "");
        _socket.Abort();
    }

    /// <summary>Tells the client, and waits for its answer.</summary>
    private async Task EndAsync()
    {
        (WebSocketCloseStatus status, string reason) = _closing!.Value;
        try
        {
            using CancellationTokenSource deadline = new(_options.CloseTimeout, _time);
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                // Only the sending side: the reader gets the client's answer.
                await _socket.CloseOutputAsync(status, reason, deadline.Token).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // It is gone already, or takes nothing any more.
        }

        await _closed.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(_readerEnded.Task, Task.Delay(_options.CloseTimeout, _time)).ConfigureAwait(false);
        if (!_readerEnded.Task.IsCompleted)
        {
            _socket.Abort();
        }

        _ended.TrySetResult();
    }

    private readonly record struct Message(ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Body, WebSocketMessageType Type)
    {
        public int Length => Head.Length + Body.Length;
    }
}
