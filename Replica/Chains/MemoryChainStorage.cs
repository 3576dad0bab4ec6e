using System.Collections.Immutable;
using Cloud.Execution.Blocks;
using Cloud.Execution.Building;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Genesis;

namespace Cloud.Replica.Chains;

/// <summary>Blocks and state in memory, over a <see cref="MemoryState"/>: for simulations, where it outlives the node that a crash ends, and for tests. It has no proofs.</summary>
/// <param name="historyBlocks">How many blocks back are kept, from 1.</param>
public sealed class MemoryChainStorage(int historyBlocks = 256) : IChainStorage
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<ulong, Stored> _blocks = [];
    private readonly Dictionary<Hash256, ulong> _numbers = [];
    private readonly Dictionary<Hash256, TransactionPlace> _transactions = [];

    /// <inheritdoc/>
    public BlockHeader? Head { get; private set; }

    /// <inheritdoc/>
    public ulong Oldest
    {
        get
        {
            lock (_gate)
            {
                return _blocks.Count == 0 ? 0 : _blocks.First().Key;
            }
        }
    }

    /// <inheritdoc/>
    public BlockHeader Initialize(GenesisConfig genesis)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        if (Head is { } head)
        {
            return head;
        }

        IStateLayer state = MemoryState.Empty.Extend(GenesisBlock.ChangesOf(genesis));
        BlockHeader header = GenesisBlock.HeaderOf(genesis, state.Root);
        Add(new Block(header, []), [], state);
        return header;
    }

    /// <inheritdoc/>
    public IStateLayer OpenHead()
    {
        lock (_gate)
        {
            return _blocks[Head!.Number].State;
        }
    }

    /// <inheritdoc/>
    public IStateLayer? Seal(IStateLayer state, ulong number) => state;

    /// <inheritdoc/>
    public void Store(IReadOnlyList<ExecutedBlock> blocks)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        foreach (ExecutedBlock block in blocks)
        {
            if (block.Number > Head!.Number)
            {
                Add(new Block(block.Header, block.Transactions), block.Receipts, block.State);
            }
        }
    }

    /// <inheritdoc/>
    public Block? TryGetBlock(ulong number) => Find(number)?.Block;

    /// <inheritdoc/>
    public ImmutableArray<Receipt> TryGetReceipts(ulong number) => Find(number)?.Receipts ?? default;

    /// <inheritdoc/>
    public bool TryFindBlock(in Hash256 hash, out ulong number)
    {
        lock (_gate)
        {
            return _numbers.TryGetValue(hash, out number);
        }
    }

    /// <inheritdoc/>
    public bool TryFindTransaction(in Hash256 hash, out TransactionPlace place)
    {
        lock (_gate)
        {
            return _transactions.TryGetValue(hash, out place);
        }
    }

    /// <inheritdoc/>
    public LogSearch FindLogs(LogFilter filter, ulong from, ulong to, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ImmutableArray<StoredLog>.Builder logs = ImmutableArray.CreateBuilder<StoredLog>();
        for (ulong number = from; number <= to && Find(number) is { } stored; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int logIndex = 0;
            for (int i = 0; i < stored.Receipts.Length; i++)
            {
                foreach (Log log in stored.Receipts[i].Logs)
                {
                    if (filter.Matches(log))
                    {
                        logs.Add(new StoredLog(log, number, stored.Block.Hash, stored.Block.Transactions[i].Hash, i, logIndex));
                    }

                    logIndex++;
                }
            }

            if (logs.Count > limit)
            {
                return new LogSearch.TooMany(limit, number);
            }
        }

        return new LogSearch.Found(logs.ToImmutable());
    }

    /// <inheritdoc/>
    public bool TryGetState(ulong number, out IStateReader? state)
    {
        state = Find(number)?.State;
        return state is not null;
    }

    /// <inheritdoc/>
    public AccountProof? TryProve(IStateReader state, in Address address, ReadOnlySpan<UInt256> slots) => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        // Outlives the node on purpose.
    }

    private Stored? Find(ulong number)
    {
        lock (_gate)
        {
            return _blocks.GetValueOrDefault(number);
        }
    }

    private void Add(Block block, ImmutableArray<Receipt> receipts, IStateLayer state)
    {
        lock (_gate)
        {
            ulong number = block.Header.Number;
            _blocks[number] = new Stored(block, receipts, state);
            _numbers[block.Hash] = number;
            for (int i = 0; i < block.Transactions.Length; i++)
            {
                _transactions[block.Transactions[i].Hash] = new TransactionPlace(number, i);
            }

            Head = block.Header;
            while (_blocks.Count > historyBlocks)
            {
                (ulong oldest, Stored old) = _blocks.First();
                _blocks.Remove(oldest);
                _numbers.Remove(old.Block.Hash);
                foreach (Transaction transaction in old.Block.Transactions)
                {
                    _transactions.Remove(transaction.Hash);
                }
            }
        }
    }

    private sealed record Stored(Block Block, ImmutableArray<Receipt> Receipts, IStateLayer State);
}
