using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1Events;

/// <summary>A change of the rollup contract in one L1 block, as far as the chain of checkpoints goes.</summary>
public abstract record RollupChange
{
    private RollupChange()
    {
    }

    /// <summary>A checkpoint was posted.</summary>
    /// <param name="Number">Its number: one more than the contract's last one.</param>
    /// <param name="Header">Its header, from the calldata.</param>
    /// <param name="Verdict">Whether its attestations hold.</param>
    public sealed record CheckpointLanded(ulong Number, CheckpointHeader Header, AttestationVerdict Verdict) : RollupChange;

    /// <summary>A checkpoint was posted whose header is neither in the calldata nor in the blobs: nobody can build on it, and it goes with an invalidation or a prune.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="PayloadHash">Hash of its header.</param>
    /// <param name="Verdict">Whether its attestations hold.</param>
    public sealed record UnreadableLanded(ulong Number, Hash256 PayloadHash, AttestationVerdict Verdict) : RollupChange;

    /// <summary>A checkpoint was shown to have bad attestations: it and all after it are gone.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="PayloadHash">Hash of its header.</param>
    public sealed record CheckpointInvalidated(ulong Number, Hash256 PayloadHash) : RollupChange;

    /// <summary>The window for proving passed: the checkpoints after the proven one are gone.</summary>
    /// <param name="ProvenNumber">Number of the proven checkpoint.</param>
    public sealed record ChainPruned(ulong ProvenNumber) : RollupChange;

    /// <summary>Checkpoints are proven.</summary>
    /// <param name="To">Number of the last one.</param>
    public sealed record EpochProven(ulong To) : RollupChange;
}
