using System.Buffers.Binary;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>Which block the disk is at.</summary>
internal readonly record struct StateHead(ulong BlockNumber, Hash256 StateRoot, Hash256 BlockHash, ulong OldestBlock)
{
    public const int Length = 8 + 32 + 32 + 8;

    public static StateHead Read(ReadOnlySpan<byte> stored) => stored.Length == Length
        ? new StateHead(
            BinaryPrimitives.ReadUInt64BigEndian(stored),
            new Hash256(stored.Slice(8, 32)),
            new Hash256(stored.Slice(40, 32)),
            BinaryPrimitives.ReadUInt64BigEndian(stored[72..]))
        : throw new StateCorruptException($"The record of the head has {stored.Length} bytes and needs {Length}.");

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, BlockNumber);
        StateRoot.CopyTo(destination[8..]);
        BlockHash.CopyTo(destination[40..]);
        BinaryPrimitives.WriteUInt64BigEndian(destination[72..], OldestBlock);
    }
}
