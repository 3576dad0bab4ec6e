using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Node;

/// <summary>The last checkpoint on L1, for who builds on it.</summary>
/// <param name="Checkpoint">Hash of the last good one's header; null where there is none.</param>
/// <param name="FirstSkipped">Number of the earliest checkpoint with bad attestations that stands above it; null for none. Who posts on the last good one has it removed.</param>
public readonly record struct L1Tip(Hash256? Checkpoint, ulong? FirstSkipped)
{
    /// <summary>Whether checkpoints with bad attestations stand above the last good one.</summary>
    public bool IsBad => FirstSkipped is not null;
}
