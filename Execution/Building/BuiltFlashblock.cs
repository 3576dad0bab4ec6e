using System.Collections.Immutable;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Building;

/// <summary>A flashblock, ready to be signed, journaled and emitted.</summary>
/// <param name="Index">Index in the chunk, from 0 without gaps.</param>
/// <param name="IsLast">Whether the chunk ends here; then the prefix is the chunk.</param>
/// <param name="Prefix">The block as if it ended here.</param>
public sealed record BuiltFlashblock(int Index, bool IsLast, ChunkPrefix Prefix)
{
    /// <summary>What the flashblock's message says of it.</summary>
    /// <returns>The fields that change from flashblock to flashblock.</returns>
    public FlashblockDiff ToDiff()
    {
        ImmutableArray<Bytes>.Builder raw = ImmutableArray.CreateBuilder<Bytes>(Prefix.Transactions.Length);
        foreach (Protocol.Transactions.Transaction transaction in Prefix.Transactions)
        {
            raw.Add(transaction.Raw);
        }

        Protocol.Blocks.BlockHeader header = Prefix.Header;
        return new FlashblockDiff(
            header.StateRoot, header.ReceiptsRoot, header.LogsBloom, header.GasUsed, Prefix.Hash, raw.MoveToImmutable(), [], header.WithdrawalsRoot, header.BlobGasUsed);
    }
}
