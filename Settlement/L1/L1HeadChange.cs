using System.Collections.Immutable;

namespace Cloud.Settlement.L1;

/// <summary>How the chain of L1 changed since the last look.</summary>
/// <param name="Removed">Blocks that are no longer in the chain, newest first; empty without a reorg.</param>
/// <param name="Added">Blocks that are new, oldest first; empty where the chain only became shorter.</param>
/// <param name="IsComplete">False where the change goes further back than what is remembered: everything derived from L1 must be read again.</param>
public sealed record L1HeadChange(ImmutableArray<L1Block> Removed, ImmutableArray<L1Block> Added, bool IsComplete = true);
