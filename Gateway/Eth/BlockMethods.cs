using System.Globalization;
using System.Text.Json;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Views;

namespace Cloud.Gateway.Eth;

/// <summary>eth_ and debug_ methods that read blocks, transactions and receipts.</summary>
/// <param name="chain">The chain.</param>
internal sealed class BlockMethods(ChainReader chain)
{
    private const int BlockCost = 4;

    /// <summary>The methods.</summary>
    /// <returns>One for each name.</returns>
    public IEnumerable<RpcMethod> All() =>
    [
        new("eth_chainId", 0, call => Quantity(call, chain.Genesis.Chain.ChainId)),
        new("eth_blockNumber", 0, call => Quantity(call, chain.View.Latest.Number)),
        new("eth_syncing", 0, GetSyncing),
        new("eth_accounts", 0, GetAccounts),
        new("eth_flashblocksEnabled", 0, call => Boolean(call, !chain.View.IsDegraded)),
        new("eth_getBlockByNumber", 2, GetBlock) { Cost = BlockCost },
        new("eth_getBlockByHash", 2, GetBlock) { Cost = BlockCost },
        new("eth_getHeaderByNumber", 1, GetHeader),
        new("eth_getHeaderByHash", 1, GetHeader),
        new("eth_getBlockTransactionCountByNumber", 1, GetCount),
        new("eth_getBlockTransactionCountByHash", 1, GetCount),
        new("eth_getUncleCountByBlockNumber", 1, GetUncleCount),
        new("eth_getUncleCountByBlockHash", 1, GetUncleCount),
        new("eth_getUncleByBlockNumberAndIndex", 2, GetUncle),
        new("eth_getUncleByBlockHashAndIndex", 2, GetUncle),
        new("eth_getBlockReceipts", 1, GetBlockReceipts) { Cost = BlockCost },
        new("eth_getTransactionByHash", 1, GetTransaction),
        new("eth_getTransactionByBlockNumberAndIndex", 2, GetTransactionAt),
        new("eth_getTransactionByBlockHashAndIndex", 2, GetTransactionAt),
        new("eth_getRawTransactionByHash", 1, GetRawTransaction),
        new("eth_getRawTransactionByBlockNumberAndIndex", 2, GetRawTransactionAt),
        new("eth_getRawTransactionByBlockHashAndIndex", 2, GetRawTransactionAt),
        new("eth_getTransactionReceipt", 1, GetReceipt),
        new("debug_getRawTransaction", 1, GetRawTransaction),
        new("debug_getRawBlock", 1, GetRawBlock) { Cost = BlockCost },
        new("debug_getRawHeader", 1, GetRawHeader),
        new("debug_getRawReceipts", 1, GetRawReceipts) { Cost = BlockCost },
    ];

    private static ValueTask<RpcError?> Quantity(RpcCall call, ulong value)
    {
        call.Result.WriteQuantity(value);
        return default;
    }

    private static ValueTask<RpcError?> Boolean(RpcCall call, bool value)
    {
        call.Result.WriteBooleanValue(value);
        return default;
    }

    private static ValueTask<RpcError?> GetSyncing(RpcCall call) => Boolean(call, false);

    private static ValueTask<RpcError?> GetAccounts(RpcCall call)
    {
        // No key of a user is ever here.
        call.Result.WriteStartArray();
        call.Result.WriteEndArray();
        return default;
    }

    private ValueTask<RpcError?> GetBlock(RpcCall call)
    {
        BlockReference reference = call.Parameters.RequiredBlock(0);
        bool isFull = call.Parameters.Boolean(1, false);
        return WithBlock(call, reference, (block, writer) => BlockJson.WriteBlock(writer, block, isFull));
    }

    private ValueTask<RpcError?> GetHeader(RpcCall call) =>
        WithBlock(call, call.Parameters.RequiredBlock(0), (block, writer) => BlockJson.WriteHeader(writer, block));

    private ValueTask<RpcError?> GetCount(RpcCall call) =>
        WithBlock(call, call.Parameters.RequiredBlock(0), (block, writer) => writer.WriteQuantity((ulong)block.Transactions.Length));

    private ValueTask<RpcError?> GetUncleCount(RpcCall call) => WithBlock(call, call.Parameters.RequiredBlock(0), (_, writer) => writer.WriteQuantity(0));

    private ValueTask<RpcError?> GetUncle(RpcCall call)
    {
        BlockReference reference = call.Parameters.RequiredBlock(0);
        _ = call.Parameters.UInt64(1);
        return WithBlock(call, reference, (_, writer) => writer.WriteNullValue());
    }

    private ValueTask<RpcError?> GetBlockReceipts(RpcCall call) => WithBlock(call, call.Parameters.RequiredBlock(0), static (block, writer) =>
    {
        writer.WriteStartArray();
        int firstLog = 0;
        for (int i = 0; i < block.Receipts.Length; i++)
        {
            BlockJson.WriteReceipt(writer, block, i, firstLog);
            firstLog += block.Receipts[i].Logs.Length;
        }

        writer.WriteEndArray();
    });

    private ValueTask<RpcError?> WithBlock(RpcCall call, BlockReference reference, Action<BlockView, Utf8JsonWriter> write)
    {
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        if (ChainReader.FindBlock(chain.View, reference) is { } block)
        {
            write(block, call.Result);
        }
        else
        {
            call.Result.WriteNullValue();
        }

        return default;
    }

    private ValueTask<RpcError?> GetTransaction(RpcCall call)
    {
        Hash256 hash = call.Parameters.Hash(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        // The chain first, then flashblocks, then the pool; and the chain again, since the transaction may have moved there meanwhile.
        if (chain.View.FindTransaction(in hash) is { } found)
        {
            BlockJson.WriteTransaction(call.Result, found.Block, found.Index);
        }
        else if (chain.Node.Pool.TryGet(in hash, out Transaction? waiting))
        {
            BlockJson.WriteTransaction(call.Result, waiting);
        }
        else if (chain.View.FindTransaction(in hash) is { } moved)
        {
            BlockJson.WriteTransaction(call.Result, moved.Block, moved.Index);
        }
        else
        {
            call.Result.WriteNullValue();
        }

        return default;
    }

    private ValueTask<RpcError?> GetTransactionAt(RpcCall call)
    {
        BlockReference reference = call.Parameters.RequiredBlock(0);
        ulong index = call.Parameters.UInt64(1);
        return WithBlock(call, reference, (block, writer) =>
        {
            if (index < (ulong)block.Transactions.Length)
            {
                BlockJson.WriteTransaction(writer, block, (int)index);
            }
            else
            {
                writer.WriteNullValue();
            }
        });
    }

    private ValueTask<RpcError?> GetRawTransaction(RpcCall call)
    {
        Hash256 hash = call.Parameters.Hash(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        Transaction? transaction = chain.View.FindTransaction(in hash)?.Transaction;
        if (transaction is null)
        {
            _ = chain.Node.Pool.TryGet(in hash, out transaction);
        }

        call.Result.WriteHex(transaction is null ? default : transaction.Raw.Span);
        return default;
    }

    private ValueTask<RpcError?> GetRawTransactionAt(RpcCall call)
    {
        BlockReference reference = call.Parameters.RequiredBlock(0);
        ulong index = call.Parameters.UInt64(1);
        return WithBlock(call, reference, (block, writer) => writer.WriteHex(index < (ulong)block.Transactions.Length ? block.Transactions[(int)index].Raw.Span : default));
    }

    private ValueTask<RpcError?> GetReceipt(RpcCall call)
    {
        Hash256 hash = call.Parameters.Hash(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        if (chain.View.FindTransaction(in hash) is { } found)
        {
            BlockJson.WriteReceipt(call.Result, found.Block, found.Index);
        }
        else
        {
            call.Result.WriteNullValue();
        }

        return default;
    }

    private ValueTask<RpcError?> GetRawBlock(RpcCall call) =>
        WithNamedBlock(call, (block, writer) => writer.WriteHex(new Protocol.Blocks.Block(block.Header, block.Transactions).Encode()));

    private ValueTask<RpcError?> GetRawHeader(RpcCall call) => WithNamedBlock(call, (block, writer) => writer.WriteHex(block.Header.Encode()));

    private ValueTask<RpcError?> GetRawReceipts(RpcCall call) => WithNamedBlock(call, (block, writer) =>
    {
        writer.WriteStartArray();
        foreach (Protocol.Blocks.Receipt receipt in block.Receipts)
        {
            writer.WriteHex(receipt.Encode());
        }

        writer.WriteEndArray();
    });

    private ValueTask<RpcError?> WithNamedBlock(RpcCall call, Action<BlockView, Utf8JsonWriter> write)
    {
        BlockReference reference = call.Parameters.RequiredBlock(0);
        if (call.Parameters.Error is { } error)
        {
            return new(error);
        }

        if (ChainReader.FindBlock(chain.View, reference) is not { } block)
        {
            string name = reference is BlockReference.ByNumber number ? string.Create(CultureInfo.InvariantCulture, $"block #{number.Number} not found") : "block not found";
            return new(RpcError.Server(name));
        }

        write(block, call.Result);
        return default;
    }
}
