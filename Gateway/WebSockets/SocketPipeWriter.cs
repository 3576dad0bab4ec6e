using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Cloud.Gateway.WebSockets;

/// <summary>
/// The writing side of a connection, straight to its socket on the thread that writes: a message to thousands costs each of them one call into the operating system, without a pipe and its
/// reader in between. What is flushed, and what <see cref="SendAsync"/> is given, leaves whole, one after the other. Writing and flushing is for one thread at a time, as with every pipe; sending is for any.
/// It is its own lock: another object would be one more to fetch from memory for each of thousands.
/// </summary>
/// <param name="socket">The socket.</param>
/// <param name="inner">The transport's own writer: nothing is written to it, its completion ends the connection.</param>
internal sealed class SocketPipeWriter(Socket socket, PipeWriter inner) : PipeWriter
{
    private const int FirstRoom = 4096;

    private Queue<TaskCompletionSource>? _waiting;
    private bool _isSending;
    private byte[] _bytes = [];
    private int _length;
    private bool _isGone;
    private bool _hasRead;
    private bool _isCancelled;
    private TaskCompletionSource? _cancelled;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _length;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        if (bytes < 0 || bytes > _bytes.Length - _length)
        {
            throw new ArgumentOutOfRangeException(nameof(bytes));
        }

        _length += bytes;
    }

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _bytes.AsMemory(_length);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _bytes.AsSpan(_length);
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_length == 0)
        {
            return ValueTask.FromResult(new FlushResult(TakeCancellation(), Volatile.Read(ref _isGone)));
        }

        ValueTask sending = SendUnflushedAsync();
        return sending.IsCompletedSuccessfully ? ValueTask.FromResult(new FlushResult(TakeCancellation(), isCompleted: false)) : WaitAsync(sending, cancellationToken);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        lock (this)
        {
            _isCancelled = true;
            _cancelled?.TrySetResult();
        }
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        // What is written counts even if nobody has flushed it. The wait is that of a client which takes nothing; the server's own deadlines end it by closing the socket.
        if (_length > 0)
        {
            _ = CompleteAsync(SendUnflushedAsync(), exception);
            return;
        }

        inner.Complete(exception);
    }

    /// <summary>Whether something of the client was read since this was last set to false.</summary>
    public bool HasRead
    {
        get => Volatile.Read(ref _hasRead);
        set => Volatile.Write(ref _hasRead, value);
    }

    /// <summary>Fetches what sending needs from memory.</summary>
    /// <returns>Means nothing.</returns>
    public int Touch() => (_isSending ? 1 : 0) + (socket.Blocking ? 1 : 0);

    /// <summary>Sends bytes that belong together, after those under way and before all others.</summary>
    /// <param name="bytes">The bytes; free for other use when this returns.</param>
    /// <returns>Completes when the operating system has them, mostly at once; faulted with <see cref="IOException"/> where the connection is gone.</returns>
    public ValueTask SendAsync(ReadOnlySpan<byte> bytes)
    {
        if (TryBegin() is { } turn)
        {
            return SendInTurnAsync(turn, Rent(bytes), bytes.Length);
        }

        int sent = 0;
        SocketError error;
        try
        {
            sent = socket.Send(bytes, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException)
        {
            error = SocketError.OperationAborted;
        }

        if (error == SocketError.Success && sent == bytes.Length)
        {
            End();
            return ValueTask.CompletedTask;
        }

        // A network that takes a part, or nothing now, takes the rest later: no thread waits for that.
        return error is SocketError.Success or SocketError.WouldBlock ? SendRestAsync(Rent(bytes[sent..]), bytes.Length - sent) : Fail(error);
    }

    private static byte[] Rent(ReadOnlySpan<byte> bytes)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented);
        return rented;
    }

    private ValueTask Fail(SocketError error)
    {
        Volatile.Write(ref _isGone, true);
        End();
        return ValueTask.FromException(new IOException("The connection is gone.", new SocketException((int)error)));
    }

    /// <summary>Begins to send, alone.</summary>
    /// <returns>Null where this is the caller's turn; otherwise completes when it is.</returns>
    private Task? TryBegin()
    {
        lock (this)
        {
            if (!_isSending)
            {
                _isSending = true;
                return null;
            }

            TaskCompletionSource turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
            (_waiting ??= []).Enqueue(turn);
            return turn.Task;
        }
    }

    private void End()
    {
        TaskCompletionSource? next = null;
        lock (this)
        {
            _isSending = _waiting?.TryDequeue(out next) == true;
        }

        next?.SetResult();
    }

    private async ValueTask SendInTurnAsync(Task turn, byte[] rented, int length)
    {
        await turn.ConfigureAwait(false);
        await SendRestAsync(rented, length).ConfigureAwait(false);
    }

    /// <summary>Sends on this side's turn, and gives it back.</summary>
    private async ValueTask SendRestAsync(byte[] rented, int length)
    {
        try
        {
            int sent = 0;
            while (sent < length)
            {
                sent += await socket.SendAsync(rented.AsMemory(sent, length - sent), SocketFlags.None).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Volatile.Write(ref _isGone, true);
            throw new IOException("The connection is gone.", exception);
        }
        finally
        {
            End();
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private async ValueTask<FlushResult> WaitAsync(ValueTask sending, CancellationToken cancellationToken)
    {
        Task sent = sending.AsTask();
        Task cancelled;
        lock (this)
        {
            _cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            cancelled = _isCancelled ? Task.CompletedTask : _cancelled.Task;
        }

        // Who does not wait any longer leaves the bytes to the operating system all the same: half a message would make those after it unreadable.
        await Task.WhenAny(sent, cancelled).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (sent.IsCompleted)
        {
            await sent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return new FlushResult(TakeCancellation(), Volatile.Read(ref _isGone));
    }

    private async Task CompleteAsync(ValueTask sending, Exception? exception)
    {
        try
        {
            await sending.ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Nobody is there to read it.
        }

        await inner.CompleteAsync(exception).ConfigureAwait(false);
    }

    private ValueTask SendUnflushedAsync()
    {
        byte[] bytes = _bytes;
        int length = _length;
        _bytes = [];
        _length = 0;
        ValueTask sending = SendAsync(bytes.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(bytes);
        return sending;
    }

    private bool TakeCancellation()
    {
        lock (this)
        {
            bool was = _isCancelled;
            _isCancelled = false;
            _cancelled = null;
            return was;
        }
    }

    private void Reserve(int room)
    {
        if (_bytes.Length - _length >= room)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstRoom, Math.Max(_length + room, (int)Math.Min(Array.MaxLength, 2L * _length))));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
