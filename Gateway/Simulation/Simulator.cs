using Cloud.Execution.Building;
using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Execution.Simulation;
using Cloud.Execution.State;
using Cloud.Gateway.Eth;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Gateway.Simulation;

/// <summary>Runs blocks that do not exist, one on top of the other (eth_simulateV1).</summary>
/// <param name="chain">The chain.</param>
/// <param name="scene">The block below the first one, and the state after it.</param>
/// <param name="request">What to run.</param>
/// <param name="options">Bounds.</param>
/// <param name="cancellationToken">The caller is gone, or the time is over.</param>
internal sealed class Simulator(ChainReader chain, Scene scene, SimulationRequest request, RpcOptions options, CancellationToken cancellationToken)
{
    private readonly Dictionary<ulong, Hash256> _hashes = [];
    private readonly ulong _blockTime = Math.Max(1, (ulong)chain.Genesis.Timing.Chunk.TotalSeconds);
    private BlockHeader _parent = scene.Header;
    private Hash256 _parentHash = scene.Header.ComputeHash();
    private IStateReader _state = scene.State;
    private ulong _gasLeft = options.CallGasLimit;

    // Where the ground has a trie, the blocks get true state roots.
    private IStateLayer? _layer = scene.State as IStateLayer;

    /// <summary>The blocks that were run.</summary>
    public List<SimulatedBlock> Blocks { get; } = [];

    /// <summary>Runs all blocks.</summary>
    /// <param name="execution">The runner to use.</param>
    /// <returns>Why the simulation is void, or null.</returns>
    public RpcError? Run(BlockExecution execution)
    {
        foreach (SimulationRequest.Block wanted in request.Blocks)
        {
            ulong number = wanted.Overrides.Number ?? (_parent.Number + 1);
            if (number <= _parent.Number)
            {
                return new RpcError(SimulationErrors.BlockNumber, $"block numbers must be in order: {number} <= {_parent.Number}");
            }

            if (number - scene.Header.Number > (ulong)options.MaxSimulatedBlocks)
            {
                return new RpcError(SimulationErrors.ClientLimit, $"too many blocks: at most {options.MaxSimulatedBlocks} above the one that is named");
            }

            // Numbers that were left out are empty blocks.
            while (_parent.Number + 1 < number)
            {
                if (RunBlock(execution, new SimulationRequest.Block(new BlockOverride(), [], [])) is { } gapError)
                {
                    return gapError;
                }
            }

            if (RunBlock(execution, wanted) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private RpcError? RunBlock(BlockExecution execution, SimulationRequest.Block wanted)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ulong timestamp = wanted.Overrides.Timestamp ?? (_parent.Timestamp + _blockTime);
        if (timestamp <= _parent.Timestamp)
        {
            return new RpcError(SimulationErrors.BlockTime, $"block timestamps must be in order: {timestamp} <= {_parent.Timestamp}");
        }

        BlockContext context = wanted.Overrides.Apply(new BlockContext
        {
            ChainId = scene.Block.ChainId,
            Number = _parent.Number + 1,
            Timestamp = timestamp,
            Coinbase = _parent.FeeRecipient,
            GasLimit = _parent.GasLimit,
            BaseFee = request.Validates ? chain.Rules.BaseFeeAfter(_parent) : UInt256.Zero,
            BlockHashes = new SimulatedHashes(_hashes, scene.Block.BlockHashes, scene.Header.Number, scene.Header.ComputeHash()),
        });
        StateChanges overridden = StateOverrides.ToChanges(_state, wanted.States);
        IStateReader before = wanted.States.Count == 0 ? _state : new OverlaidState(_state, overridden);
        execution.Open(before, chain.Genesis.Chain.RulesAt(timestamp), context);
        execution.RunSystemCalls(in _parentHash, Hash256.Zero);
        List<Transaction> transactions = [];
        List<Receipt> receipts = [];
        List<SimulatedCall> calls = [];
        Dictionary<Address, ulong> nonces = [];
        foreach (CallRequest call in wanted.Calls)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ulong room = Math.Min(_gasLeft, context.GasLimit > execution.GasUsed ? context.GasLimit - execution.GasUsed : 0);
            ulong nonce = call.HasNonce ? call.Fields.Nonce
                : nonces.TryGetValue(call.Sender, out ulong next) ? next
                : before.TryGetAccount(call.Sender, out Account account) ? account.Nonce : 0;
            if (request.Validates && execution.Rules.HasTransactionGasCap)
            {
                room = Math.Min(room, TransactionFields.MaxGasLimit);
            }

            TransactionFields fields = call.Fields with { Nonce = nonce, GasLimit = call.Fields.GasLimit == 0 ? room : call.Fields.GasLimit };
            if (fields.GasLimit > _gasLeft)
            {
                return new RpcError(SimulationErrors.ClientLimit, $"gas limit of the request is reached: at most {options.CallGasLimit} for all calls together");
            }

            TransferTracer? tracer = request.TraceTransfers ? new TransferTracer() : null;
            TransactionResult result = request.Validates ? execution.ExecuteUnsigned(fields, call.Sender, tracer) : execution.Simulate(fields, call.Sender, tracer, keep: true);
            if (result is not TransactionResult.Included included)
            {
                return SimulationErrors.Of(((TransactionResult.Refused)result).Refusal);
            }

            _gasLeft -= Math.Min(_gasLeft, included.GasUsed);
            nonces[call.Sender] = nonce + 1;
            transactions.Add(Transaction.Unsigned(fields, call.Sender));
            receipts.Add(included.Receipt);
            calls.Add(new SimulatedCall(included.Execution!, included.GasUsed, tracer?.Logs ?? included.Receipt.Logs));
        }

        return Seal(context, overridden, execution, transactions, receipts, calls);
    }

    private RpcError? Seal(
        BlockContext context, StateChanges changes, BlockExecution execution, List<Transaction> transactions, List<Receipt> receipts, List<SimulatedCall> calls)
    {
        StateChanges made = execution.TakeChanges();
        _state = changes.Accounts.Count == 0 ? new OverlaidState(_state, made) : new OverlaidState(new OverlaidState(_state, changes), made);
        StateChanges both = new();
        both.Append(changes);
        both.Append(made);
        try
        {
            _layer = _layer?.Extend(both);
        }
        catch (ForkDiscardedException)
        {
            return new RpcError(RpcErrorCode.Pruned, "pruned history unavailable: the state was given up while it was read");
        }

        BlockHeader header = new()
        {
            ParentHash = _parentHash,
            FeeRecipient = context.Coinbase,
            StateRoot = _layer?.Root ?? Hash256.Zero,
            TransactionsRoot = Block.TransactionsRootOf(transactions),
            ReceiptsRoot = Block.ReceiptsRootOf(receipts),
            LogsBloom = Bloom.Of([.. receipts.SelectMany(receipt => receipt.Logs)]),
            Number = context.Number,
            GasLimit = context.GasLimit,
            GasUsed = execution.GasUsed,
            Timestamp = context.Timestamp,
            PrevRandao = context.PrevRandao,
            BaseFeePerGas = context.BaseFee,
            RequestsHash = KnownHashes.EmptyRequests,
        };
        _parent = header;
        _parentHash = header.ComputeHash();
        _hashes[header.Number] = _parentHash;
        Blocks.Add(new SimulatedBlock(header, _parentHash, [.. transactions], [.. receipts], [.. calls]));
        return null;
    }

    private sealed class SimulatedHashes(Dictionary<ulong, Hash256> simulated, IBlockHashes? below, ulong ground, Hash256 groundHash) : IBlockHashes
    {
        public Hash256 GetBlockHash(ulong number) => simulated.TryGetValue(number, out Hash256 hash) ? hash
            : number == ground ? groundHash
            : number < ground ? below?.GetBlockHash(number) ?? default
            : default;
    }
}
