using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Flashblocks;

/// <summary>What a flashblock adds: new transactions, and the header fields of the block as if it ended here (flashblocks 1.1).</summary>
/// <param name="StateRoot">State after this flashblock.</param>
/// <param name="ReceiptsRoot">Root over all receipts so far.</param>
/// <param name="LogsBloom">Filter over all logs so far.</param>
/// <param name="GasUsed">Gas of the block so far.</param>
/// <param name="BlockHash">Hash of the block as if it ended here.</param>
/// <param name="Transactions">Only the new transactions, as EIP-2718 encodings.</param>
/// <param name="Withdrawals">Only the new withdrawals; empty on L2.</param>
/// <param name="WithdrawalsRoot">The header's withdrawals root.</param>
/// <param name="BlobGasUsed">The header's blob gas so far; null is written as 0 in the header.</param>
public sealed record FlashblockDiff(
    Hash256 StateRoot,
    Hash256 ReceiptsRoot,
    Bloom LogsBloom,
    ulong GasUsed,
    Hash256 BlockHash,
    ImmutableArray<Bytes> Transactions,
    ImmutableArray<Withdrawal> Withdrawals,
    Hash256 WithdrawalsRoot,
    ulong? BlobGasUsed)
{
    /// <inheritdoc/>
    public bool Equals(FlashblockDiff? other) =>
        other is not null && StateRoot == other.StateRoot && ReceiptsRoot == other.ReceiptsRoot && LogsBloom.Equals(other.LogsBloom)
        && GasUsed == other.GasUsed && BlockHash == other.BlockHash && WithdrawalsRoot == other.WithdrawalsRoot && BlobGasUsed == other.BlobGasUsed
        && Transactions.AsSpan().SequenceEqual(other.Transactions.AsSpan()) && Withdrawals.AsSpan().SequenceEqual(other.Withdrawals.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(StateRoot, ReceiptsRoot, GasUsed, BlockHash, Transactions.Length);

    internal static FlashblockDiff? Read(ref FieldReader outer)
    {
        FieldReader fields = outer.List("diff");
        Hash256 stateRoot = fields.Hash("stateRoot");
        Hash256 receiptsRoot = fields.Hash("receiptsRoot");
        Bloom logsBloom = fields.Bloom("logsBloom");
        ulong gasUsed = fields.UInt64("gasUsed");
        Hash256 blockHash = fields.Hash("blockHash");
        ImmutableArray<Bytes> transactions = fields.ByteStrings("transactions", MessageLimits.MaxTransactionsPerChunk);
        ImmutableArray<Withdrawal> withdrawals = ReadWithdrawals(ref fields);
        Hash256 withdrawalsRoot = fields.Hash("withdrawalsRoot");
        FieldReader blobGas = fields.List("blobGasUsed");
        ulong? blobGasUsed = blobGas.IsAtEnd ? null : blobGas.UInt64("blobGasUsed");
        blobGas.End("blobGasUsed");
        fields.End("diff");
        return fields.Failed
            ? null
            : new FlashblockDiff(stateRoot, receiptsRoot, logsBloom, gasUsed, blockHash, transactions, withdrawals, withdrawalsRoot, blobGasUsed);
    }

    internal void Write(RlpWriter writer)
    {
        int list = writer.BeginList();
        writer.Write(StateRoot);
        writer.Write(ReceiptsRoot);
        writer.Write(LogsBloom.Span);
        writer.Write(GasUsed);
        writer.Write(BlockHash);
        writer.Write(Transactions.AsSpan());
        int withdrawals = writer.BeginList();
        foreach (Withdrawal withdrawal in Withdrawals)
        {
            int item = writer.BeginList();
            writer.Write(withdrawal.Index);
            writer.Write(withdrawal.ValidatorIndex);
            writer.Write(withdrawal.Address);
            writer.Write(withdrawal.Amount);
            writer.EndList(item);
        }

        writer.EndList(withdrawals);
        writer.Write(WithdrawalsRoot);
        int blobGas = writer.BeginList();
        if (BlobGasUsed is { } used)
        {
            writer.Write(used);
        }

        writer.EndList(blobGas);
        writer.EndList(list);
    }

    private static ImmutableArray<Withdrawal> ReadWithdrawals(ref FieldReader fields)
    {
        FieldReader list = fields.List("withdrawals");
        if (!list.TryCount("withdrawals", MessageLimits.MaxWithdrawals, out int count) || count == 0)
        {
            return [];
        }

        ImmutableArray<Withdrawal>.Builder withdrawals = ImmutableArray.CreateBuilder<Withdrawal>(count);
        while (!list.IsAtEnd)
        {
            FieldReader item = list.List("withdrawals");
            withdrawals.Add(new Withdrawal(item.UInt64("index"), item.UInt64("validatorIndex"), item.Address("address"), item.UInt64("amount")));
            item.End("withdrawals");
        }

        return withdrawals.DrainToImmutable();
    }
}
