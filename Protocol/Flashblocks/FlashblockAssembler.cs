using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Flashblocks;

/// <summary>Puts a block together from its flashblocks, and checks at each that its block hash follows from the stream alone (flashblocks 1.5 and 4.1, V1 to V9). Not safe for several threads.</summary>
public sealed class FlashblockAssembler
{
    private readonly List<Bytes> _transactions = [];
    private FlashblockBase? _base;
    private FlashblockDiff? _last;

    /// <summary>How many flashblocks were added, which is the index of the next one.</summary>
    public uint Count { get; private set; }

    /// <summary>All transactions so far, as EIP-2718 encodings.</summary>
    public IReadOnlyList<Bytes> Transactions => _transactions;

    /// <summary>Adds a flashblock.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="fields">Its base; at index 0 only.</param>
    /// <param name="diff">What it adds.</param>
    /// <returns>The header so far, or why it was not added; then nothing changes.</returns>
    public FlashblockAppend Append(ulong index, FlashblockBase? fields, FlashblockDiff diff)
    {
        ArgumentNullException.ThrowIfNull(diff);
        FlashblockFault? fault =
            index != Count ? FlashblockFault.WrongIndex
            : index == 0 && fields is null ? FlashblockFault.MissingBase
            : index > 0 && fields is not null ? FlashblockFault.UnexpectedBase
            : _last is { } last && diff.GasUsed < last.GasUsed ? FlashblockFault.GasDecreased
            : _last is { } before && LostBits(before.LogsBloom.Span, diff.LogsBloom.Span) ? FlashblockFault.BloomLostBits
            : null;
        if (fault is { } broken)
        {
            return new FlashblockAppend.Refused(broken);
        }

        int earlier = _transactions.Count;
        _transactions.AddRange(diff.Transactions);
        BlockHeader header = HeaderOf(_base ?? fields!, diff, _transactions);
        Hash256 computed = header.ComputeHash();
        if (computed != diff.BlockHash)
        {
            _transactions.RemoveRange(earlier, _transactions.Count - earlier);
            return new FlashblockAppend.HashMismatch(diff.BlockHash, computed);
        }

        _base ??= fields;
        _last = diff;
        Count++;
        return new FlashblockAppend.Appended(header);
    }

    /// <summary>The header of the block that ends with a flashblock.</summary>
    /// <param name="fields">The fields that stay the same.</param>
    /// <param name="diff">The newest flashblock.</param>
    /// <param name="transactions">All transactions of the block, as EIP-2718 encodings.</param>
    /// <returns>The header. Requests are empty and excess blob gas is 0, as on every L2.</returns>
    public static BlockHeader HeaderOf(FlashblockBase fields, FlashblockDiff diff, IReadOnlyList<Bytes> transactions)
    {
        ArgumentNullException.ThrowIfNull(fields);
        ArgumentNullException.ThrowIfNull(diff);
        return new BlockHeader
        {
            ParentHash = fields.ParentHash,
            FeeRecipient = fields.FeeRecipient,
            StateRoot = diff.StateRoot,
            TransactionsRoot = OrderedTrie.Root(transactions, static (transaction, writer) => writer.WriteRaw(transaction.Span)),
            ReceiptsRoot = diff.ReceiptsRoot,
            LogsBloom = diff.LogsBloom,
            Number = fields.BlockNumber,
            GasLimit = fields.GasLimit,
            GasUsed = diff.GasUsed,
            Timestamp = fields.Timestamp,
            ExtraData = fields.ExtraData,
            PrevRandao = fields.PrevRandao,
            BaseFeePerGas = fields.BaseFeePerGas,
            WithdrawalsRoot = diff.WithdrawalsRoot,
            BlobGasUsed = diff.BlobGasUsed ?? 0,
            ExcessBlobGas = 0,
            ParentBeaconBlockRoot = fields.ParentBeaconBlockRoot,
            RequestsHash = KnownHashes.EmptyRequests,
        };
    }

    private static bool LostBits(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        for (int i = 0; i < before.Length; i++)
        {
            if ((before[i] & ~after[i]) != 0)
            {
                return true;
            }
        }

        return false;
    }
}
