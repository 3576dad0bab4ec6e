using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Attesting;

/// <summary>The block that a chunk stands on, as far as the rules about positions need it.</summary>
/// <param name="Number">Height.</param>
/// <param name="Hash">Hash of the block.</param>
/// <param name="Slot">Its slot; null for the genesis block.</param>
/// <param name="Header">The chunk; null where the block ends a slot that is settled, and for the genesis block.</param>
public sealed record ChunkParent(ulong Number, Hash256 Hash, ulong? Slot, ChunkHeader? Header)
{
    /// <summary>A chunk as a parent.</summary>
    /// <param name="header">The chunk.</param>
    /// <param name="blockHash">Hash of its block.</param>
    /// <returns>The parent.</returns>
    public static ChunkParent Of(ChunkHeader header, in Hash256 blockHash)
    {
        ArgumentNullException.ThrowIfNull(header);
        return new ChunkParent(header.Block.Number, blockHash, header.Slot, header);
    }
}
