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
        foreach (LandedCheckpoint landed in _tips.Landed)
        {
            checkpoint = landed.Skipped is null ? landed.Header.Hash : checkpoint;
        }

        return new L1Tip(checkpoint, _tips.FirstSkipped);
    });

    /// <summary>The checkpoint that ends with a block: the one on L1, the proposed one, or what the chunks of its slot up to the block would give.</summary>
    /// <param name="block">Hash of the block.</param>
    /// <returns>Hash of the checkpoint's header; null where the block is not executed here.</returns>
    public Task<Hash256?> FindCheckpointAsync(Hash256 block) => AskAsync(_ => FindExecuted(in block) is { } executed ? CheckpointAt(executed).Hash : (Hash256?)null);
}
