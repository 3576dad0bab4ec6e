using System.Collections.Immutable;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Building;

/// <summary>A chunk as if it ended here: a valid block, and what the last part of it added.</summary>
/// <param name="Header">The block's header.</param>
/// <param name="Hash">The block's hash.</param>
/// <param name="State">The state after the block.</param>
/// <param name="Used">What the block uses so far.</param>
/// <param name="Transactions">Only those of the last part.</param>
/// <param name="Receipts">Only those of the last part.</param>
/// <param name="Changes">What the last part changed, without post-block rules.</param>
public sealed record ChunkPrefix(
    BlockHeader Header,
    Hash256 Hash,
    IStateLayer State,
    ChunkLimits Used,
    ImmutableArray<Transaction> Transactions,
    ImmutableArray<Receipt> Receipts,
    StateChanges Changes);
