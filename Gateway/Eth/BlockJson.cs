using System.Text.Json;
using Cloud.Execution.Pool;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chains;
using Cloud.Replica.Views;

namespace Cloud.Gateway.Eth;

/// <summary>Blocks, transactions, receipts and logs as Ethereum's JSON-RPC has them (execution-apis), with the placeholders that consumers of flashblocks expect in what is not sealed.</summary>
internal static class BlockJson
{
    /// <summary>A block.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="block">The block.</param>
    /// <param name="isFull">Whether transactions are written in full, or as hashes.</param>
    public static void WriteBlock(Utf8JsonWriter writer, BlockView block, bool isFull)
    {
        writer.WriteStartObject();
        WriteBlockFields(writer, block, isFull);
        writer.WriteEndObject();
    }

    /// <summary>The fields of a block, into an open object.</summary>
    public static void WriteBlockFields(Utf8JsonWriter writer, BlockView block, bool isFull)
    {
        WriteHeaderFields(writer, block);
        writer.WriteQuantity("size"u8, (ulong)new Block(block.Header, block.Transactions).Encode().Length);
        writer.WriteStartArray("transactions"u8);
        for (int i = 0; i < block.Transactions.Length; i++)
        {
            if (isFull)
            {
                WriteTransaction(writer, block, i);
            }
            else
            {
                writer.WriteHash(block.Transactions[i].Hash);
            }
        }

        writer.WriteEndArray();
        writer.WriteStartArray("uncles"u8);
        writer.WriteEndArray();
        writer.WriteStartArray("withdrawals"u8);
        writer.WriteEndArray();
    }

    /// <summary>A block's header.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="block">The block.</param>
    public static void WriteHeader(Utf8JsonWriter writer, BlockView block)
    {
        writer.WriteStartObject();
        WriteHeaderFields(writer, block);
        writer.WriteEndObject();
    }

    /// <summary>A transaction of a block.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="block">The block.</param>
    /// <param name="index">Its place.</param>
    public static void WriteTransaction(Utf8JsonWriter writer, BlockView block, int index)
    {
        Transaction transaction = block.Transactions[index];
        writer.WriteStartObject();
        writer.WriteHashOrNull("blockHash"u8, block.IsPending ? null : block.Hash);
        writer.WriteQuantity("blockNumber"u8, block.Number);
        writer.WriteQuantity("transactionIndex"u8, (ulong)index);
        WriteTransactionFields(writer, transaction, EffectivePrice(transaction, block.Header.BaseFeePerGas));
        if (transaction.Type == TransactionType.Deposit && block.Receipts[index].DepositNonce is { } nonce)
        {
            writer.WriteQuantity("nonce"u8, nonce);
        }

        writer.WriteEndObject();
    }

    /// <summary>A transaction that is in no block.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="transaction">The transaction.</param>
    public static void WriteTransaction(Utf8JsonWriter writer, Transaction transaction)
    {
        writer.WriteStartObject();
        writer.WriteNull("blockHash"u8);
        writer.WriteNull("blockNumber"u8);
        writer.WriteNull("transactionIndex"u8);
        WriteTransactionFields(writer, transaction, transaction.MaxFeePerGas);
        writer.WriteEndObject();
    }

    /// <summary>A receipt.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="block">The block.</param>
    /// <param name="index">Place of the transaction.</param>
    /// <param name="firstLog">Index in the block of the transaction's first log; negative to have it counted.</param>
    public static void WriteReceipt(Utf8JsonWriter writer, BlockView block, int index, int firstLog = -1)
    {
        writer.WriteStartObject();
        WriteReceiptFields(writer, block, index, firstLog);
        writer.WriteEndObject();
    }

    /// <summary>The fields of a receipt, into an open object.</summary>
    public static void WriteReceiptFields(Utf8JsonWriter writer, BlockView block, int index, int firstLog = -1)
    {
        Transaction transaction = block.Transactions[index];
        Receipt receipt = block.Receipts[index];
        ulong before = index == 0 ? 0 : block.Receipts[index - 1].CumulativeGasUsed;
        writer.WriteHash("transactionHash"u8, transaction.Hash);
        writer.WriteQuantity("transactionIndex"u8, (ulong)index);
        writer.WriteHash("blockHash"u8, block.IsPending ? default : block.Hash);
        writer.WriteQuantity("blockNumber"u8, block.Number);
        bool hasSender = transaction.TryGetSender(out Address sender);
        writer.WriteAddressOrNull("from"u8, hasSender ? sender : null);
        writer.WriteAddressOrNull("to"u8, transaction.To);
        writer.WriteQuantity("cumulativeGasUsed"u8, receipt.CumulativeGasUsed);
        writer.WriteQuantity("gasUsed"u8, receipt.CumulativeGasUsed - before);
        ulong nonce = receipt.DepositNonce ?? transaction.Nonce;
        writer.WriteAddressOrNull(
            "contractAddress"u8, transaction.To is null && receipt.Succeeded ? Execution.Evm.VirtualMachine.ContractAddress(in sender, nonce) : null);
        writer.WriteStartArray("logs"u8);
        int logIndex = firstLog >= 0 ? firstLog : FirstLogOf(block, index);
        foreach (Log log in receipt.Logs)
        {
            WriteLog(writer, log, block.Number, block.IsPending ? default : block.Hash, block.Header.Timestamp, transaction.Hash, index, logIndex++, isRemoved: false);
        }

        writer.WriteEndArray();
        writer.WriteHex("logsBloom"u8, receipt.Bloom.Span);
        writer.WriteQuantity("type"u8, (ulong)receipt.Type);
        writer.WriteQuantity("status"u8, receipt.Succeeded ? 1UL : 0);
        writer.WriteQuantity("effectiveGasPrice"u8, EffectivePrice(transaction, block.Header.BaseFeePerGas));
        if (receipt.DepositNonce is { } depositNonce)
        {
            writer.WriteQuantity("depositNonce"u8, depositNonce);
        }

        if (receipt.DepositReceiptVersion is { } version)
        {
            writer.WriteQuantity("depositReceiptVersion"u8, version);
        }
    }

    /// <summary>A log.</summary>
    public static void WriteLog(
        Utf8JsonWriter writer, Log log, ulong blockNumber, in Hash256 blockHash, ulong? timestamp, in Hash256 transaction, int transactionIndex, int logIndex, bool isRemoved)
    {
        writer.WriteStartObject();
        writer.WriteAddress("address"u8, log.Address);
        writer.WriteStartArray("topics"u8);
        foreach (Hash256 topic in log.Topics)
        {
            writer.WriteHash(in topic);
        }

        writer.WriteEndArray();
        writer.WriteHex("data"u8, log.Data.Span);
        writer.WriteHash("blockHash"u8, in blockHash);
        writer.WriteQuantity("blockNumber"u8, blockNumber);
        if (timestamp is { } seconds)
        {
            writer.WriteQuantity("blockTimestamp"u8, seconds);
        }

        writer.WriteHash("transactionHash"u8, in transaction);
        writer.WriteQuantity("transactionIndex"u8, (ulong)transactionIndex);
        writer.WriteQuantity("logIndex"u8, (ulong)logIndex);
        writer.WriteBoolean("removed"u8, isRemoved);
        writer.WriteEndObject();
    }

    /// <summary>An access list.</summary>
    public static void WriteAccessList(Utf8JsonWriter writer, IEnumerable<AccessListEntry> entries)
    {
        writer.WriteStartArray("accessList"u8);
        foreach (AccessListEntry entry in entries)
        {
            writer.WriteStartObject();
            writer.WriteAddress("address"u8, entry.Address);
            writer.WriteStartArray("storageKeys"u8);
            foreach (Hash256 key in entry.StorageKeys)
            {
                writer.WriteHash(in key);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Index in the block of a transaction's first log.</summary>
    public static int FirstLogOf(BlockView block, int index)
    {
        int first = 0;
        for (int i = 0; i < index; i++)
        {
            first += block.Receipts[i].Logs.Length;
        }

        return first;
    }

    /// <summary>Wei per gas that a transaction pays in a block.</summary>
    public static UInt256 EffectivePrice(Transaction transaction, in UInt256 baseFee) =>
        transaction.Type == TransactionType.Deposit ? UInt256.Zero
        : EffectiveTip.TryGet(transaction, in baseFee, out UInt256 tip) ? baseFee + tip : transaction.MaxFeePerGas;

    /// <summary>A block of the chain as readers see it.</summary>
    public static BlockView ViewOf(ExecutedBlock block) => new(block.Header, block.Hash, block.Transactions, block.Receipts);

    /// <summary>A pending block as readers see it.</summary>
    public static BlockView ViewOf(PendingBlock block) => new(block.Header, block.Hash, block.Transactions, block.Receipts, block.Flashblocks.Length);

    private static void WriteHeaderFields(Utf8JsonWriter writer, BlockView block)
    {
        BlockHeader header = block.Header;
        writer.WriteHash("hash"u8, block.IsPending ? default : block.Hash);
        writer.WriteHash("parentHash"u8, header.ParentHash);
        writer.WriteHash("sha3Uncles"u8, KnownHashes.EmptyOmmers);
        writer.WriteAddress("miner"u8, header.FeeRecipient);
        writer.WriteHash("stateRoot"u8, header.StateRoot);
        writer.WriteHash("transactionsRoot"u8, header.TransactionsRoot);
        writer.WriteHash("receiptsRoot"u8, header.ReceiptsRoot);
        writer.WriteHex("logsBloom"u8, header.LogsBloom.Span);
        writer.WriteString("difficulty"u8, "0x0"u8);
        writer.WriteQuantity("number"u8, header.Number);
        writer.WriteQuantity("gasLimit"u8, header.GasLimit);
        writer.WriteQuantity("gasUsed"u8, header.GasUsed);
        writer.WriteQuantity("timestamp"u8, header.Timestamp);
        writer.WriteHex("extraData"u8, header.ExtraData.Span);
        writer.WriteHash("mixHash"u8, header.PrevRandao);
        writer.WriteString("nonce"u8, "0x0000000000000000"u8);
        writer.WriteQuantity("baseFeePerGas"u8, header.BaseFeePerGas);
        writer.WriteHash("withdrawalsRoot"u8, header.WithdrawalsRoot);
        writer.WriteQuantity("blobGasUsed"u8, header.BlobGasUsed);
        writer.WriteQuantity("excessBlobGas"u8, header.ExcessBlobGas);
        writer.WriteHash("parentBeaconBlockRoot"u8, header.ParentBeaconBlockRoot);
        if (header.RequestsHash is { } requests)
        {
            writer.WriteHash("requestsHash"u8, requests);
        }

        if (block.Flashblocks is { } flashblocks)
        {
            // What no other client has: how far the block has come, and the hash that it has so far.
            writer.WriteQuantity("flashblockIndex"u8, (ulong)Math.Max(0, flashblocks - 1));
            writer.WriteHash("flashblockHash"u8, block.Hash);
        }
    }

    private static void WriteTransactionFields(Utf8JsonWriter writer, Transaction transaction, in UInt256 price)
    {
        bool hasSender = transaction.TryGetSender(out Address sender);
        writer.WriteHash("hash"u8, transaction.Hash);
        writer.WriteQuantity("type"u8, (ulong)transaction.Type);
        writer.WriteAddressOrNull("from"u8, hasSender ? sender : null);
        writer.WriteAddressOrNull("to"u8, transaction.To);
        writer.WriteQuantity("gas"u8, transaction.GasLimit);
        writer.WriteQuantity("value"u8, transaction.Value);
        writer.WriteHex("input"u8, transaction.Data.Span);
        writer.WriteQuantity("gasPrice"u8, in price);
        if (transaction.Deposit is { } deposit)
        {
            writer.WriteHash("sourceHash"u8, deposit.SourceHash);
            writer.WriteQuantity("mint"u8, deposit.Mint);
            writer.WriteBoolean("isSystemTx"u8, deposit.IsSystem);
            return;
        }

        writer.WriteQuantity("nonce"u8, transaction.Nonce);
        if (transaction.Type is TransactionType.DynamicFee or TransactionType.SetCode)
        {
            writer.WriteQuantity("maxFeePerGas"u8, transaction.MaxFeePerGas);
            writer.WriteQuantity("maxPriorityFeePerGas"u8, transaction.MaxPriorityFeePerGas);
        }

        if (transaction.ChainId is { } chainId)
        {
            writer.WriteQuantity("chainId"u8, chainId);
        }

        if (transaction.Type != TransactionType.Legacy)
        {
            WriteAccessList(writer, transaction.AccessList);
        }

        if (transaction.Type == TransactionType.SetCode)
        {
            WriteAuthorizations(writer, transaction);
        }

        WriteSignature(writer, transaction);
    }

    private static void WriteSignature(Utf8JsonWriter writer, Transaction transaction)
    {
        ulong parity = transaction.Signature.YParity;
        if (transaction.Type == TransactionType.Legacy)
        {
            writer.WriteQuantity("v"u8, transaction.ChainId is { } chainId ? ((UInt256)chainId * 2) + 35 + parity : 27 + parity);
        }
        else
        {
            writer.WriteQuantity("v"u8, parity);
            writer.WriteQuantity("yParity"u8, parity);
        }

        writer.WriteQuantity("r"u8, transaction.Signature.R);
        writer.WriteQuantity("s"u8, transaction.Signature.S);
    }

    private static void WriteAuthorizations(Utf8JsonWriter writer, Transaction transaction)
    {
        writer.WriteStartArray("authorizationList"u8);
        foreach (Authorization authorization in transaction.Authorizations)
        {
            writer.WriteStartObject();
            writer.WriteQuantity("chainId"u8, authorization.ChainId);
            writer.WriteAddress("address"u8, authorization.Address);
            writer.WriteQuantity("nonce"u8, authorization.Nonce);
            writer.WriteQuantity("yParity"u8, authorization.Signature.YParity);
            writer.WriteQuantity("r"u8, authorization.Signature.R);
            writer.WriteQuantity("s"u8, authorization.Signature.S);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
