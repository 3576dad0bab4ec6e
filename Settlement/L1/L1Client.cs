using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.JsonRpc;

namespace Cloud.Settlement.L1;

/// <summary>An L1 execution node over JSON-RPC. Every answer is checked for shape; an answer that lacks a field is a failure, never a default value.</summary>
public sealed class L1Client : IL1Client
{
    private readonly IJsonRpc _rpc;

    /// <summary>Makes a client.</summary>
    /// <param name="rpc">The node, or several as one.</param>
    public L1Client(IJsonRpc rpc)
    {
        ArgumentNullException.ThrowIfNull(rpc);
        _rpc = rpc;
    }

    /// <summary>Makes a client of the endpoints in the settings.</summary>
    /// <param name="options">Settings that passed <see cref="L1Options.Check"/>.</param>
    /// <param name="time">The clock of time-outs and back-off.</param>
    /// <returns>The client.</returns>
    public static L1Client Create(L1Options options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        IJsonRpc[] servers =
        [
            .. options.Endpoints.Select(IJsonRpc (endpoint) => endpoint.Scheme is "ws" or "wss"
                ? new WebSocketJsonRpc(endpoint, options.RequestTimeout, options.MaxReplyLength, time)
                : new HttpJsonRpc(endpoint, options.RequestTimeout, options.MaxReplyLength, time)),
        ];
        return new L1Client(new FailoverJsonRpc(servers, options.Attempts, options.Backoff, options.MaxBackoff, time));
    }

    /// <inheritdoc/>
    public string Endpoint => _rpc.Endpoint;

    /// <inheritdoc/>
    public void Distrust() => _rpc.Distrust();

    /// <inheritdoc/>
    public Task<L1Result<ulong>> GetChainIdAsync(CancellationToken cancellationToken = default) =>
        AskAsync("eth_chainId", [], Json.ULong, cancellationToken);

    /// <inheritdoc/>
    public Task<L1Result<L1Block?>> GetBlockAsync(BlockTag block, CancellationToken cancellationToken = default) =>
        AskBlockAsync("eth_getBlockByNumber", block.Text, cancellationToken);

    /// <inheritdoc/>
    public Task<L1Result<L1Block?>> GetBlockAsync(Hash256 hash, CancellationToken cancellationToken = default) =>
        AskBlockAsync("eth_getBlockByHash", hash.ToString(), cancellationToken);

    /// <inheritdoc/>
    public Task<L1Result<ulong>> GetNonceAsync(Address account, BlockTag block, CancellationToken cancellationToken = default) =>
        AskAsync("eth_getTransactionCount", [account.ToString(), block.Text], Json.ULong, cancellationToken);

    /// <inheritdoc/>
    public Task<L1Result<UInt256>> GetBalanceAsync(Address account, BlockTag block, CancellationToken cancellationToken = default) =>
        AskAsync("eth_getBalance", [account.ToString(), block.Text], Json.Quantity, cancellationToken);

    /// <inheritdoc/>
    public Task<L1Result<Bytes>> GetCodeAsync(Address account, BlockTag block, CancellationToken cancellationToken = default) =>
        AskAsync("eth_getCode", [account.ToString(), block.Text], Json.Data, cancellationToken);

    /// <inheritdoc/>
    public async Task<L1Result<CallOutcome>> CallAsync(L1Call call, BlockTag block, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        L1Result<Bytes> result = await AskAsync("eth_call", [Json.Of(call), block.Text], Json.Data, cancellationToken).ConfigureAwait(false);
        return result.TryGet(out Bytes data, out L1Failure? failure) ? new L1Result<CallOutcome>.Ok(new CallOutcome.Returned(data))
            : IsRevert(failure) is { } refused ? new L1Result<CallOutcome>.Ok(new CallOutcome.Reverted(refused.Data, refused.Reason))
            : new L1Result<CallOutcome>.Failed(failure);
    }

    /// <inheritdoc/>
    public Task<L1Result<ulong>> EstimateGasAsync(L1Call call, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        return AskAsync("eth_estimateGas", [Json.Of(call)], Json.ULong, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<L1Result<UInt256>> GetPriorityFeeAsync(CancellationToken cancellationToken = default) =>
        AskAsync("eth_maxPriorityFeePerGas", [], Json.Quantity, cancellationToken);

    /// <inheritdoc/>
    public Task<L1Result<UInt256>> GetBlobBaseFeeAsync(CancellationToken cancellationToken = default) =>
        AskAsync("eth_blobBaseFee", [], Json.Quantity, cancellationToken);

    /// <inheritdoc/>
    public async Task<L1Result<SendOutcome>> SendAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellationToken = default)
    {
        L1Result<Hash256> result = await AskAsync("eth_sendRawTransaction", [Hex.Encode(raw.Span)], Json.Hash, cancellationToken).ConfigureAwait(false);
        return result.TryGet(out Hash256 hash, out L1Failure? failure) ? new L1Result<SendOutcome>.Ok(new SendOutcome.Accepted(hash))
            : failure is L1Failure.Refused refused and not { Code: L1Failure.Refused.MethodNotFound or L1Failure.Refused.LimitExceeded }
                ? new L1Result<SendOutcome>.Ok(SendOutcome.Classify(refused.Reason))
            : new L1Result<SendOutcome>.Failed(failure);
    }

    /// <inheritdoc/>
    public Task<L1Result<L1Receipt?>> GetReceiptAsync(Hash256 transaction, CancellationToken cancellationToken = default) =>
        AskOptionalAsync("eth_getTransactionReceipt", [transaction.ToString()], Json.Receipt, cancellationToken);

    /// <inheritdoc/>
    public Task<L1Result<ImmutableArray<L1Log>>> GetLogsAsync(LogFilter filter, CancellationToken cancellationToken = default)
    {
        JsonObject parameters = new()
        {
            ["address"] = filter.Contract.ToString(),
            ["fromBlock"] = BlockTag.Of(filter.From).Text,
            ["toBlock"] = BlockTag.Of(filter.To).Text,
        };
        return AskAsync("eth_getLogs", [parameters], Json.Logs, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<L1Result<ImmutableArray<L1Log>?>> GetLogsAsync(L1Block block, Address contract, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(block);
        if (!block.LogsBloom.MayContain(Address.AsSpan(in contract)))
        {
            return new L1Result<ImmutableArray<L1Log>?>.Ok([]);
        }

        const string Method = "eth_getBlockReceipts";
        L1Result<JsonElement> result = await _rpc.CallAsync(Method, [block.Hash.ToString()], cancellationToken).ConfigureAwait(false);
        return result.Map(value => value.ValueKind == JsonValueKind.Null ? new L1Result<ImmutableArray<L1Log>?>.Ok(null)
            : Parse(Method, value, Json.Receipts).Map(receipts => LogsOf(receipts, block, contract)));
    }

    /// <inheritdoc/>
    public Task<L1Result<L1TransactionData?>> GetTransactionAsync(Hash256 transaction, CancellationToken cancellationToken = default) =>
        AskOptionalAsync("eth_getTransactionByHash", [transaction.ToString()], Json.Transaction, cancellationToken);

    /// <inheritdoc/>
    public Task<L1Result<BlobSchedule>> GetBlobScheduleAsync(CancellationToken cancellationToken = default) =>
        AskAsync("eth_config", [], Json.Schedule, cancellationToken);

    private static L1Failure.Refused? IsRevert(L1Failure failure) =>
        failure is L1Failure.Refused refused && (refused.Code == 3 || refused.Reason.Contains("revert", StringComparison.OrdinalIgnoreCase)) ? refused : null;

    private L1Result<ImmutableArray<L1Log>?> LogsOf(ImmutableArray<(Receipt Receipt, ImmutableArray<L1Log> Logs)> receipts, L1Block block, Address contract)
    {
        if (Block.ReceiptsRootOf([.. receipts.Select(receipt => receipt.Receipt)]) != block.ReceiptsRoot)
        {
            return new L1Result<ImmutableArray<L1Log>?>.Failed(
                new L1Failure.Lie(_rpc.Endpoint, $"the receipts of block {block.Number} are not those that its header commits to: events are missing, added or changed"));
        }

        // Where a log is, the root does not say.
        ImmutableArray<L1Log>.Builder logs = ImmutableArray.CreateBuilder<L1Log>();
        uint index = 0;
        foreach (L1Log log in receipts.SelectMany(receipt => receipt.Logs))
        {
            if (log.Address == contract)
            {
                logs.Add(log with { BlockNumber = block.Number, BlockHash = block.Hash, Index = index });
            }

            index++;
        }

        return new L1Result<ImmutableArray<L1Log>?>.Ok(logs.DrainToImmutable());
    }

    private async Task<L1Result<L1Block?>> AskBlockAsync(string method, string which, CancellationToken cancellationToken)
    {
        L1Result<JsonElement> result = await _rpc.CallAsync(method, [which, false], cancellationToken).ConfigureAwait(false);
        return result.Map(value => value.ValueKind == JsonValueKind.Null ? new L1Result<L1Block?>.Ok(null) : Parse(method, value, Json.Header).Map(Check));
    }

    private L1Result<L1Block?> Check((BlockHeader Header, Hash256 Hash) named)
    {
        (BlockHeader header, Hash256 hash) = named;
        return header.ComputeHash() == hash
            ? new L1Result<L1Block?>.Ok(
                new L1Block(
                    header.Number, hash, header.ParentHash, header.Timestamp, header.BaseFeePerGas, header.GasLimit, header.BlobGasUsed, header.ExcessBlobGas)
                {
                    LogsBloom = header.LogsBloom,
                    ReceiptsRoot = header.ReceiptsRoot,
                })
            : new L1Result<L1Block?>.Failed(
                new L1Failure.Lie(_rpc.Endpoint, $"the header of block {header.Number} does not give its hash {hash}; a fork of L1 that this release does not know does the same"));
    }

    private async Task<L1Result<T>> AskAsync<T>(string method, JsonArray parameters, Func<JsonElement, T> parse, CancellationToken cancellationToken)
    {
        L1Result<JsonElement> result = await _rpc.CallAsync(method, parameters, cancellationToken).ConfigureAwait(false);
        return result.Map(value => Parse(method, value, parse));
    }

    private async Task<L1Result<T?>> AskOptionalAsync<T>(string method, JsonArray parameters, Func<JsonElement, T> parse, CancellationToken cancellationToken)
        where T : class
    {
        L1Result<JsonElement> result = await _rpc.CallAsync(method, parameters, cancellationToken).ConfigureAwait(false);
        return result.Map(value => value.ValueKind == JsonValueKind.Null ? new L1Result<T?>.Ok(null) : Parse<T?>(method, value, parse));
    }

    private L1Result<T> Parse<T>(string method, JsonElement value, Func<JsonElement, T> parse)
    {
        try
        {
            return new L1Result<T>.Ok(parse(value));
        }
        catch (FormatException exception)
        {
            return new L1Result<T>.Failed(new L1Failure.BadReply(_rpc.Endpoint, method, exception.Message));
        }
    }
}
