using System.Collections.Immutable;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;

namespace Cloud.Execution.Building;

/// <summary>A sealed chunk.</summary>
/// <param name="Block">The block.</param>
/// <param name="Receipts">One for each transaction.</param>
/// <param name="State">The state after it.</param>
/// <param name="Used">What it uses.</param>
/// <param name="Flashblocks">How many flashblocks it was emitted in.</param>
/// <param name="Changes">What its flashblocks changed, oldest first, without post-block rules.</param>
public sealed record BuiltChunk(
    Block Block, ImmutableArray<Receipt> Receipts, IStateLayer State, ChunkLimits Used, int Flashblocks, ImmutableArray<StateChanges> Changes);
