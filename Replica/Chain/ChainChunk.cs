using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Chain;

/// <summary>A chunk that was re-executed here and gave the block that its header names.</summary>
/// <param name="Header">The chunk.</param>
/// <param name="Block">Its block.</param>
public sealed record ChainChunk(ChunkHeader Header, BlockId Block)
{
    /// <summary>The slot.</summary>
    public ulong Slot => Header.Slot;

    /// <summary>Index in the slot.</summary>
    public uint Index => Header.Index;

    /// <summary>Hashes of its transactions in order.</summary>
    public ImmutableArray<Hash256> Transactions => Header.Transactions;

    /// <summary>A chunk; computes the block's hash.</summary>
    /// <param name="header">The chunk.</param>
    /// <returns>The chunk with its block's name.</returns>
    public static ChainChunk Of(ChunkHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        return new ChainChunk(header, new BlockId(header.Block.Number, header.Block.ComputeHash()));
    }
}
