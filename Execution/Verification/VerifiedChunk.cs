using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Verification;

/// <summary>What re-executing a chunk up to some point gave.</summary>
/// <param name="Header">Header of the block as if it ended there.</param>
/// <param name="Hash">The block's hash.</param>
/// <param name="Transactions">All so far.</param>
/// <param name="Receipts">One for each.</param>
/// <param name="State">The state after the block.</param>
/// <param name="Used">What the block uses.</param>
/// <param name="Changes">What changed, oldest first, one for each part that was verified, without post-block rules.</param>
public sealed record VerifiedChunk(
    BlockHeader Header,
    Hash256 Hash,
    ImmutableArray<Transaction> Transactions,
    ImmutableArray<Receipt> Receipts,
    IStateLayer State,
    ChunkLimits Used,
    ImmutableArray<StateChanges> Changes);
