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

    /// <summary>DEBUG</summary>
    public string Diagnose() => $"waiting {_tips.IsBehindL1} rebuild {_isRebuildNeeded} floor {_tips.Floor} landed [{string.Join(", ", _tips.Landed.Select(l => $"{l.Number}: slot {l.Header.Slot} blocks {l.Header.FirstBlock}..{l.LastBlock.Number} {l.LastBlock.Hash.ToString()[..8]} known {_tips.FindParent(l.LastBlock.Hash) is not null}"))}]"
        + $" fetches [{string.Join(", ", _fetches.Select(f => $"{f.Key} {f.Value.IsRunning} {f.Value.Attempts} {f.Value.NextAt:mm:ss}"))}] works [{string.Join("; ", _works.Values.Select(w => $"{w.Header.Slot}/{w.Header.Index} {w.State} block {w.Header.Block.Number} {w.BlockHash.ToString()[..8]} on {w.Header.Block.ParentHash.ToString()[..8]} l1 {w.IsFromL1} {w.Check?.Verdict} {w.Check?.Detail}"))}]"
        + $" executed [{string.Join(", ", _executed.Values.Select(e => $"{e.Number} {e.Hash.ToString()[..8]} slot {e.Slot} in tips {_tips.FindParent(e.Hash) is not null}"))}]";
}
