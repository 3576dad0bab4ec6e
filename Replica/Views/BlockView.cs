using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Replica.Views;

/// <summary>A block with what execution gave.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Hash">Its hash. That of a pending block is its hash if it ended with its newest flashblock.</param>
/// <param name="Transactions">Its transactions.</param>
/// <param name="Receipts">One for each transaction.</param>
/// <param name="Flashblocks">How many flashblocks a pending block has so far; null for a block of the chain.</param>
public sealed record BlockView(BlockHeader Header, Hash256 Hash, ImmutableArray<Transaction> Transactions, ImmutableArray<Receipt> Receipts, int? Flashblocks = null)
{
    /// <summary>Height.</summary>
    public ulong Number => Header.Number;

    /// <summary>Whether the block can still grow.</summary>
    public bool IsPending => Flashblocks is not null;
}
