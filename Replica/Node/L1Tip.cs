using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Node;

/// <summary>The last checkpoint on L1, for who builds on it.</summary>
/// <param name="Checkpoint">Hash of the last good one's header; null where there is none.</param>
/// <param name="IsBad">Whether checkpoints with bad attestations stand above it.</param>
public readonly record struct L1Tip(Hash256? Checkpoint, bool IsBad);
