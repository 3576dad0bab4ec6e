using System.Collections.Immutable;
using Cloud.Execution.Blocks;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;
using Cloud.Replica.Chains;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Views;

/// <summary>The chain as a node sees it at one moment. Immutable and safe for use by several threads; what it shows is durable.</summary>
/// <remarks>Blocks above the stored ones are in memory; older ones are read from storage, as long as its history goes.</remarks>
public sealed class ReplicaView
{
    private readonly IChainStorage _storage;
    private readonly TransactionIndex _index;
    private readonly ImmutableArray<ExecutedBlock> _chain;

    internal ReplicaView(IChainStorage storage, TransactionIndex index, ImmutableArray<ExecutedBlock> chain, ImmutableArray<PendingBlock> pending, TipSet tips, ulong checkpoints, L1BlockRef? l1Head, long sequence, bool isDegraded)
    {
        _storage = storage;
        _index = index;
        _chain = chain;
        PendingBlocks = pending;
        Tips = tips;
        Checkpoints = checkpoints;
        L1Head = l1Head;
        Sequence = sequence;
        IsDegraded = isDegraded;
    }

    /// <summary>The head of every view of the chain.</summary>
    public TipSet Tips { get; }

    /// <summary>Number of the newest checkpoint on L1; 0 before the first one.</summary>
    public ulong Checkpoints { get; }

    /// <summary>The newest L1 block that the node knows.</summary>
    public L1BlockRef? L1Head { get; }

    /// <summary>Sequence of the newest event that this view contains.</summary>
    public long Sequence { get; }

    /// <summary>Whether flashblocks of the newest chunk are missing, so that the newest sealed block is shown as the pending one.</summary>
    public bool IsDegraded { get; }

    /// <summary>The newest executed block.</summary>
    public ExecutedBlock Latest => _chain[^1];

    /// <summary>Blocks in memory, lowest first; the first one is where memory starts.</summary>
    public ImmutableArray<ExecutedBlock> Recent => _chain;

    /// <summary>Chunks under construction on top of the newest executed block, lowest first. All but the newest are complete.</summary>
    public ImmutableArray<PendingBlock> PendingBlocks { get; }

    /// <summary>The newest chunk under construction; null where there is none, or where its flashblocks are missing.</summary>
    public PendingBlock? Pending => IsDegraded || PendingBlocks.IsEmpty ? null : PendingBlocks[^1];

    /// <summary>How far this view has come.</summary>
    public ViewPosition Position => Pending is { } pending ? new ViewPosition(pending.Number, pending.Flashblocks.Length) : new ViewPosition(Latest.Number, int.MaxValue);

    /// <summary>Number of the oldest block that can be read.</summary>
    public ulong Oldest => _storage.Oldest;

    /// <summary>The height that a tag stands for.</summary>
    /// <param name="tag">The tag.</param>
    /// <returns>The height.</returns>
    public ulong NumberOf(BlockTag tag) => tag switch
    {
        BlockTag.Pending => Pending?.Number ?? Latest.Number,
        BlockTag.Latest => Latest.Number,
        BlockTag.Safe => Tips.Checkpointed.Number,
        BlockTag.Finalized => Tips.Finalized.Number,
        _ => Oldest,
    };

    /// <summary>A block by its tag.</summary>
    /// <param name="tag">The tag.</param>
    /// <returns>The block; null where it is not kept any more.</returns>
    public BlockView? FindBlock(BlockTag tag) => tag == BlockTag.Pending && Pending is { } pending ? ViewOf(pending) : FindBlock(NumberOf(tag));

    /// <summary>A block by its height; pending ones too.</summary>
    /// <param name="number">The height.</param>
    /// <returns>The block; null where there is none, or where it is not kept any more.</returns>
    public BlockView? FindBlock(ulong number)
    {
        if (number > Latest.Number)
        {
            return IsDegraded || number - Latest.Number > (ulong)PendingBlocks.Length ? null : ViewOf(PendingBlocks[(int)(number - Latest.Number) - 1]);
        }

        return InMemory(number) is { } block ? ViewOf(block)
            : _storage.TryGetBlock(number) is { } stored ? new BlockView(stored.Header, stored.Hash, stored.Transactions, _storage.TryGetReceipts(number))
            : null;
    }

    /// <summary>A block of the chain by its hash, or the pending one by its present hash.</summary>
    /// <param name="hash">The hash.</param>
    /// <returns>The block; null where the chain has none with it, or where it is not kept any more.</returns>
    public BlockView? FindBlock(in Hash256 hash)
    {
        for (int i = _chain.Length - 1; i > 0; i--)
        {
            if (_chain[i].Hash == hash)
            {
                return ViewOf(_chain[i]);
            }
        }

        foreach (PendingBlock pending in PendingBlocks)
        {
            if (pending.Hash == hash && !IsDegraded)
            {
                return ViewOf(pending);
            }
        }

        return _storage.TryFindBlock(in hash, out ulong number) && number <= _chain[0].Number ? FindBlock(number) : null;
    }

    /// <summary>Header of a block by its height, without reading its transactions where it is in memory.</summary>
    /// <param name="number">The height.</param>
    /// <returns>The header; null where there is no such block.</returns>
    public BlockHeader? FindHeader(ulong number) => number <= Latest.Number && number >= _chain[0].Number ? _chain[(int)(number - _chain[0].Number)].Header : FindBlock(number)?.Header;

    /// <summary>The state after a block.</summary>
    /// <param name="tag">Which block.</param>
    /// <returns>The state; null where it is not kept any more.</returns>
    public IStateReader? FindState(BlockTag tag) => tag == BlockTag.Pending && Pending is { } pending ? pending.State : FindState(NumberOf(tag));

    /// <summary>The state after a block.</summary>
    /// <param name="number">Its height.</param>
    /// <returns>The state; null where there is no such block, or where its state is not kept any more.</returns>
    public IStateReader? FindState(ulong number)
    {
        if (number > Latest.Number)
        {
            return IsDegraded || number - Latest.Number > (ulong)PendingBlocks.Length ? null : PendingBlocks[(int)(number - Latest.Number) - 1].State;
        }

        if (number >= _chain[0].Number)
        {
            return _chain[(int)(number - _chain[0].Number)].State;
        }

        return _storage.TryGetState(number, out IStateReader? state) ? state : null;
    }

    /// <summary>A transaction that is in a block: of the chain first, then of the pending one.</summary>
    /// <param name="hash">The transaction.</param>
    /// <returns>Where it is; null where it is in no block that is kept.</returns>
    public TransactionView? FindTransaction(in Hash256 hash)
    {
        foreach (ulong number in _index.Find(in hash))
        {
            if (number > _chain[0].Number && FindBlock(number) is { } block)
            {
                int index = IndexOf(block, in hash);
                if (index >= 0)
                {
                    return new TransactionView(block, index);
                }
            }
        }

        if (!_storage.TryFindTransaction(in hash, out Execution.Blocks.TransactionPlace place) || FindBlock(place.BlockNumber) is not { } stored)
        {
            return null;
        }

        return new TransactionView(stored, place.Index);
    }

    /// <summary>Searches the chain for logs, and the pending block where the range goes so far.</summary>
    /// <param name="filter">Which logs.</param>
    /// <param name="from">First block.</param>
    /// <param name="to">Last block.</param>
    /// <param name="limit">Most logs to return.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The logs, or that there are too many.</returns>
    public LogSearch FindLogs(LogFilter filter, ulong from, ulong to, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ImmutableArray<StoredLog>.Builder logs = ImmutableArray.CreateBuilder<StoredLog>();
        ulong floor = _chain[0].Number;
        if (from <= floor)
        {
            LogSearch stored = _storage.FindLogs(filter, from, Math.Min(to, floor), limit, cancellationToken);
            if (stored is not LogSearch.Found found)
            {
                return stored;
            }

            logs.AddRange(found.Logs);
        }

        for (ulong number = Math.Max(from, floor + 1); number <= to && FindBlock(number) is { } block; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (filter.MayMatch(block.Header.LogsBloom))
            {
                AddLogs(block, filter, logs);
            }

            if (logs.Count > limit)
            {
                return new LogSearch.TooMany(limit, number);
            }
        }

        return new LogSearch.Found(logs.ToImmutable());
    }

    /// <summary>Proves an account and some of its slots against a block's state root (EIP-1186).</summary>
    /// <param name="number">The block's height; of the blocks in memory or the newest stored one.</param>
    /// <param name="address">Which account.</param>
    /// <param name="slots">Which slots, before hashing.</param>
    /// <returns>The proof; null where the block's trie is not kept.</returns>
    public AccountProof? Prove(ulong number, in Address address, ReadOnlySpan<UInt256> slots) =>
        FindState(number) is { } state ? _storage.TryProve(state, in address, slots) : null;

    /// <summary>Finds the block that a transaction or call was made against.</summary>
    /// <param name="anchor">Hash of a block or root of a state.</param>
    /// <returns>The newest such block in memory; null where there is none.</returns>
    public BlockId? FindAnchor(in Hash256 anchor)
    {
        for (int i = _chain.Length - 1; i >= 0; i--)
        {
            if (_chain[i].Hash == anchor || _chain[i].Header.StateRoot == anchor)
            {
                return _chain[i].Id;
            }
        }

        return null;
    }

    /// <summary>The highest view of the chain that holds a block.</summary>
    /// <param name="number">A height up to the newest executed block's.</param>
    /// <returns>The view.</returns>
    public Tip ViewOf(ulong number)
    {
        Tip view = Tip.Proposed;
        for (Tip tip = Tip.Attested; tip <= Tip.Finalized && number <= Tips[tip].Number; tip++)
        {
            view = tip;
        }

        return view;
    }

    private static BlockView ViewOf(ExecutedBlock block) => new(block.Header, block.Hash, block.Transactions, block.Receipts);

    private static BlockView ViewOf(PendingBlock block) => new(block.Header, block.Hash, block.Transactions, block.Receipts, block.Flashblocks.Length);

    private static int IndexOf(BlockView block, in Hash256 hash)
    {
        for (int i = 0; i < block.Transactions.Length; i++)
        {
            if (block.Transactions[i].Hash == hash)
            {
                return i;
            }
        }

        return -1;
    }

    private static void AddLogs(BlockView block, LogFilter filter, ImmutableArray<StoredLog>.Builder logs)
    {
        int logIndex = 0;
        for (int i = 0; i < block.Receipts.Length; i++)
        {
            foreach (Log log in block.Receipts[i].Logs)
            {
                if (filter.Matches(log))
                {
                    logs.Add(new StoredLog(log, block.Number, block.Hash, block.Transactions[i].Hash, i, logIndex));
                }

                logIndex++;
            }
        }
    }

    private ExecutedBlock? InMemory(ulong number) => number > _chain[0].Number && number <= Latest.Number ? _chain[(int)(number - _chain[0].Number)] : null;
}
