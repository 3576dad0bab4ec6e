using System.Buffers;

namespace Cloud.Gateway.JsonRpc;

/// <summary>A growing byte buffer from the pool, with a bound, from which the end can be cut off. Not safe for several threads.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstRoom = 4096;

    private readonly int _limit;
    private byte[] _bytes;
    private int _length;

    /// <summary>Makes an empty buffer.</summary>
    /// <param name="limit">Most bytes that it may hold.</param>
    public PooledBuffer(int limit)
    {
        _limit = limit;
        _bytes = ArrayPool<byte>.Shared.Rent(Math.Min(FirstRoom, limit));
    }

    /// <summary>Bytes written.</summary>
    public int Length => _length;

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <inheritdoc/>
    public void Advance(int count)
    {
        if (count < 0 || count > _bytes.Length - _length)
        {
            throw new ArgumentOutOfRangeException(nameof(count));
        }

        _length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    /// <summary>Adds bytes.</summary>
    /// <param name="bytes">What to add.</param>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Cuts the end off.</summary>
    /// <param name="length">What is kept.</param>
    public void TruncateTo(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        _length = length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        byte[] bytes = Interlocked.Exchange(ref _bytes, []);
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        _length = 0;
    }

    private void Reserve(int room)
    {
        room = Math.Max(room, 1);
        if (_bytes.Length - _length >= room)
        {
            return;
        }

        long needed = (long)_length + room;
        if (needed > _limit)
        {
            throw new ResponseTooLargeException(_limit);
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(needed, Math.Min(_limit, _bytes.Length * 2L)));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
