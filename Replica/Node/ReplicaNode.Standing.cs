using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;

namespace Cloud.Replica.Node;

/// <content>What L1 has, for proposers.</content>
public sealed partial class ReplicaNode
{
    /// <summary>The last checkpoint on L1.</summary>
    /// <returns>The last one with good attestations, and whether others stand above it.</returns>
    public Task<L1Tip> FindL1TipAsync() => AskAsync(_ =>
    {
        Hash256 settled = _tips.Restart.CheckpointHash;
        Hash256? checkpoint = settled.IsZero ? null : settled;
        bool isBad = false;
        foreach (LandedCheckpoint landed in _tips.Landed)
        {
            isBad |= landed.Skipped is not null;
            checkpoint = landed.Skipped is null ? landed.Header.Hash : checkpoint;
        }

        return new L1Tip(checkpoint, isBad);
    });
}
