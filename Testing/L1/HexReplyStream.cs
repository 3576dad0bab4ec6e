using System.Buffers;

namespace Cloud.Testing.L1;

/// <summary>The bytes that a JSON-RPC reply has as its result in hexadecimal, read as they come: a chain's whole state would else be in memory several times.</summary>
/// <param name="reply">The reply's text; not closed.</param>
internal sealed class HexReplyStream(Stream reply) : Stream
{
    private const int Most = 1 << 15;

    private readonly byte[] _text = new byte[2 * Most];
    private int _start;
    private int _end;
    private bool _isInResult;
    private bool _isOver;

    private static ReadOnlySpan<byte> Opening => "\"result\":\"0x"u8;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The reply has no such result, or ends within it.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (!_isOver)
        {
            if (_isInResult && Take(buffer.Span) is > 0 and int taken)
            {
                return taken;
            }

            if (!_isOver)
            {
                await FillAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return 0;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is read asynchronously.");

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is written.
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Take(Span<byte> into)
    {
        ReadOnlySpan<byte> text = _text.AsSpan(_start, _end - _start);
        int quote = text.IndexOf((byte)'"');
        int digits = (quote < 0 ? text.Length : quote) & ~1;
        int length = Math.Min(digits / 2, into.Length);
        if (length == 0 && quote > 0)
        {
            throw new InvalidDataException("The reply's result has half a byte at its end.");
        }

        if (length > 0 && Convert.FromHexString(text[..(2 * length)], into, out _, out _) != OperationStatus.Done)
        {
            throw new InvalidDataException("The reply's result is not hexadecimal.");
        }

        _start += 2 * length;
        _isOver = length == 0 && quote >= 0;
        return length;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        _text.AsSpan(_start, _end - _start).CopyTo(_text);
        _end -= _start;
        _start = 0;
        int read = await reply.ReadAsync(_text.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        if (read == 0)
        {
            throw new InvalidDataException(_isInResult ? "The reply ends within its result." : "The reply has no result in hexadecimal.");
        }

        _end += read;
        if (_isInResult)
        {
            return;
        }

        int at = _text.AsSpan(0, _end).IndexOf(Opening);
        _isInResult = at >= 0;
        _start = at >= 0 ? at + Opening.Length : Math.Max(0, _end - Opening.Length);
    }
}
