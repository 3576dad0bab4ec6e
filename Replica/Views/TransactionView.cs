using Cloud.Protocol.Blocks;
using Cloud.Protocol.Transactions;

namespace Cloud.Replica.Views;

/// <summary>A transaction in a block.</summary>
/// <param name="Block">The block.</param>
/// <param name="Index">Its place in the block, from 0.</param>
public sealed record TransactionView(BlockView Block, int Index)
{
    /// <summary>The transaction.</summary>
    public Transaction Transaction => Block.Transactions[Index];

    /// <summary>Its receipt.</summary>
    public Receipt Receipt => Block.Receipts[Index];
}
