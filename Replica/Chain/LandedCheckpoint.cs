using Cloud.Protocol.Messages;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Chain;

/// <summary>A checkpoint as L1 has it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Header">Its header.</param>
/// <param name="Block">The L1 block in which it landed.</param>
/// <param name="Skipped">Why it is no part of the chain; null where it is.</param>
/// <param name="ProvenIn">The L1 block in which it was proven; null while it is not.</param>
public sealed record LandedCheckpoint(ulong Number, CheckpointHeader Header, L1BlockRef Block, SkipReason? Skipped, L1BlockRef? ProvenIn)
{
    /// <summary>Its last block.</summary>
    public BlockId LastBlock => new(Header.FirstBlock + Header.Chunks - 1, Header.BlockHash);

    internal L1Proof Landed => new(Number, Header.Hash, LastBlock.Number, Block);
}
