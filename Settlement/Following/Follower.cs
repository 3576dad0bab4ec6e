using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.Evm;
using Cloud.Execution.State;
using Cloud.Execution.Verification;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Deposits;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.L1Events;
using Cloud.Settlement.Watching;
using Cloud.Settlement.Work;

namespace Cloud.Settlement.Following;

/// <summary>Rebuilds the L2 chain from genesis with nothing but L1 and blobs, and executes all of it. Not safe for several threads.</summary>
/// <remarks>
/// Attestations are verified before the data is used; nothing that somebody posts stops it: a checkpoint that is not good is named and left out, with all that stand on it, until the contract
/// removes them. After a restart what is on disk is not executed again, but its data is read again.
/// </remarks>
public sealed class Follower
{
    private const ulong HashesKept = 512;

    private readonly RollupWatcher _watcher;
    private readonly CheckpointReader _reader;
    private readonly WorldState _world;
    private readonly IBlockRules _rules;
    private readonly ChunkVerifier _verifier;
    private readonly FollowerOptions _options;
    private readonly TimeProvider _time;
    private readonly List<FollowedCheckpoint> _chain = [];
    private readonly List<(PostedCheckpoint Posted, PostedCheckpoint Parent, RollupState State)> _queue = [];
    private readonly KnownBlocks _hashes = new();
    private ulong _chunks;
    private ulong _transactions;
    private ulong _proven;
    private L1BlockRef? _final;
    private (ulong Block, ulong Number) _finalTold;

    /// <summary>Makes a follower. The world state must hold at least the genesis state.</summary>
    /// <param name="watcher">L1; used by nobody else.</param>
    /// <param name="reader">Reads checkpoints.</param>
    /// <param name="world">The state; used by nobody else.</param>
    /// <param name="rules">What blocks must look like.</param>
    /// <param name="verifier">Executes.</param>
    /// <param name="options">The rollup.</param>
    /// <param name="time">The clock.</param>
    public Follower(
        RollupWatcher watcher, CheckpointReader reader, WorldState world, IBlockRules rules, ChunkVerifier verifier, FollowerOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(watcher);
        ArgumentNullException.ThrowIfNull(world);
        ArgumentNullException.ThrowIfNull(options);
        _watcher = watcher;
        _reader = reader;
        _world = world;
        _rules = rules;
        _verifier = verifier;
        _options = options;
        _time = time;
        StartOver();
    }

    /// <summary>The followed checkpoints from the last proven one on, or from the last one on disk where that is older; genesis at first.</summary>
    public IReadOnlyList<FollowedCheckpoint> Chain => _chain;

    /// <summary>The last checkpoint that was followed.</summary>
    public FollowedCheckpoint Tip => _chain[^1];

    /// <summary>L1 as it was seen last; null while history is read.</summary>
    public WatcherView? View => _watcher.View;

    /// <summary>How far it is.</summary>
    public FollowerProgress Progress => new(
        _watcher.Position?.Number ?? 0, _watcher.Behind, Tip.Posted.Number, _queue.Count, Tip.LastBlock.Number, Tip.LastBlock.StateRoot, _chunks, _transactions);

    /// <summary>Reads what is new on L1 and follows some checkpoints.</summary>
    /// <param name="cancellationToken">Ends it between two transactions; nothing is half-done.</param>
    /// <returns>What was found out, in order; none where there is nothing new.</returns>
    public async Task<ImmutableArray<FollowerEvent>> StepAsync(CancellationToken cancellationToken = default)
    {
        List<FollowerEvent> events = [];
        if ((await _watcher.PollAsync(cancellationToken).ConfigureAwait(false)).TryGet(out ImmutableArray<WatchStep> steps, out _))
        {
            foreach (WatchStep step in steps)
            {
                Take(step, events);
            }
        }

        if (_watcher.Problem is { } problem)
        {
            events.Add(new FollowerEvent.Waiting(problem.Message));
        }

        for (int i = 0; i < _options.MaxPerStep && _queue.Count > 0; i++)
        {
            (PostedCheckpoint posted, PostedCheckpoint parent, RollupState state) = _queue[0];
            FollowerEvent found = Tip.Posted.Number + 1 != posted.Number
                ? new FollowerEvent.Skipped(posted.Number)
                : await _reader.ReadAsync(posted, parent, state, cancellationToken).ConfigureAwait(false) switch
                {
                    CheckpointReading.Readable readable => await BackgroundWork.RunAsync(() => Execute(posted, readable.Data, state, cancellationToken), cancellationToken).ConfigureAwait(false),
                    CheckpointReading.Invalid invalid => new FollowerEvent.Invalid(posted.Number, invalid.Fault, invalid.Accusation),
                    CheckpointReading.Unreadable unreadable => new FollowerEvent.Unreadable(posted.Number, unreadable.Reason),
                    CheckpointReading.Unavailable unavailable => new FollowerEvent.Waiting(unavailable.Message),
                    var other => throw new InvalidOperationException($"Unknown reading {other}."),
                };
            events.Add(found);
            if (found is FollowerEvent.Waiting)
            {
                break;
            }

            _queue.RemoveAt(0);
            if (found is FollowerEvent.Followed followed)
            {
                _chain.Add(followed.Checkpoint);
            }
        }

        if (_final is { } final)
        {
            Finalize(final, events);
        }

        return [.. events];
    }

    private void Take(WatchStep step, List<FollowerEvent> events)
    {
        switch (step)
        {
            case WatchStep.Reorged { State.Pending.Number: 0 } reorged when reorged.Ancestor.Hash.IsZero:
                StartOver();
                events.Add(new FollowerEvent.RolledBack(0));
                break;
            case WatchStep.Reorged reorged:
                Remove(posted => posted.Block.Number > reorged.Ancestor.Number, events);
                Restore(reorged.State);
                break;
            case WatchStep.Finalized finalized:
                _final = finalized.Block;
                break;
            case WatchStep.Added added:
                Take(added.Block, events);
                break;
            default:
                break;
        }
    }

    private void Take(WatchedBlock block, List<FollowerEvent> events)
    {
        foreach ((RollupEvent read, L1Log log) in block.Events)
        {
            switch (read)
            {
                case RollupEvent.CheckpointProposed proposed:
                    PostedCheckpoint posted = new(
                        proposed.Number, proposed.Record, new L1BlockRef(block.Header.Number, block.Header.Hash), block.Header.Timestamp, log.TransactionHash);
                    _queue.Add((posted, ParentOf(proposed.Number, block.Before), block.After));
                    break;
                case RollupEvent.CheckpointInvalidated invalidated:
                    Remove(other => other.Number >= invalidated.Number, events);
                    break;
                case RollupEvent.ChainPruned pruned:
                    Remove(other => other.Number > pruned.ProvenNumber, events);
                    break;
                case RollupEvent.EpochProven proven:
                    _proven = proven.To;
                    events.Add(new FollowerEvent.Proven(proven.To));
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>The checkpoint below one that was just posted: the newest of what is waiting, followed or known to the contract.</summary>
    private PostedCheckpoint ParentOf(ulong number, RollupState before) =>
        _queue.Count > 0 && _queue[^1].Posted.Number + 1 == number ? _queue[^1].Posted
        : before.At(number - 1) ?? _chain.LastOrDefault(followed => followed.Posted.Number == number - 1)?.Posted
        ?? before.Pending;

    /// <summary>After a reorganisation the contract can have checkpoints again that were left out before.</summary>
    private void Restore(RollupState state)
    {
        ulong known = _queue.Count > 0 ? _queue[^1].Posted.Number : Tip.Posted.Number;
        for (ulong number = known + 1; number <= state.Pending.Number; number++)
        {
            if (state.At(number) is { } posted && state.At(number - 1) is { } parent)
            {
                _queue.Add((posted, parent, state));
            }
        }
    }

    private void Remove(Func<PostedCheckpoint, bool> isGone, List<FollowerEvent> events)
    {
        _queue.RemoveAll(item => isGone(item.Posted));
        int keep = _chain.Count;
        while (keep > 1 && isGone(_chain[keep - 1].Posted))
        {
            keep--;
        }

        if (keep < _chain.Count)
        {
            _chain.RemoveRange(keep, _chain.Count - keep);
            events.Add(new FollowerEvent.RolledBack(Tip.Posted.Number));
        }
    }

    private void Finalize(L1BlockRef block, List<FollowerEvent> events)
    {
        int final = _chain.FindLastIndex(followed => followed.Posted.Number == 0 || followed.Posted.Block.Number <= block.Number);
        if (final < 0)
        {
            return;
        }

        FollowedCheckpoint checkpoint = _chain[final];
        if (_options.Flatten && checkpoint.State is { IsFlattened: false } layer)
        {
            _ = _world.TryFlatten(layer, checkpoint.BlockHash);
        }

        if (_finalTold != (block.Number, checkpoint.Posted.Number))
        {
            _finalTold = (block.Number, checkpoint.Posted.Number);
            events.Add(new FollowerEvent.Finalized(block, checkpoint.Posted.Number));
        }

        // Provers need the checkpoints from the proven one on; below it and below the final one nothing is asked for again.
        int keep = _chain.FindLastIndex(final, followed => followed.Posted.Number <= _proven);
        if (keep > 0)
        {
            _chain.RemoveRange(0, keep);
        }
    }

    private FollowerEvent Execute(PostedCheckpoint posted, CheckpointData data, RollupState state, CancellationToken cancellationToken)
    {
        if (data.Header.Parent != Tip.Posted.Record.PayloadHash || data.Header.FirstBlock != Tip.LastBlock.Number + 1)
        {
            return new FollowerEvent.Diverged(posted.Number, 0, $"it is to stand on block {Tip.LastBlock.Number}, and begins with block {data.Header.FirstBlock}");
        }

        BlockHeader parent = Tip.LastBlock;
        Hash256 parentHash = Tip.BlockHash;
        StateLayer? layer = Tip.State;
        ChunkLimits used = default;
        foreach (ChunkData chunk in data.Chunks)
        {
            BlockHeader block = chunk.Header.Block;
            if (block.Number <= _world.Flattened.BlockNumber && !_world.IsNew)
            {
                // On disk since an earlier run. Which chain that was is seen at the flattened block.
                parentHash = block.ComputeHash();
                if (block.Number == _world.Flattened.BlockNumber && parentHash != _world.FlattenedHash)
                {
                    return new FollowerEvent.Diverged(posted.Number, (int)chunk.Header.Index, $"block {block.Number} on disk is {_world.FlattenedHash}; the folder belongs to another chain");
                }

                layer = block.Number == _world.Flattened.BlockNumber ? _world.Flattened : null;
                parent = block;
                _hashes.Add(block.Number, parentHash);
                continue;
            }

            if (layer is null)
            {
                return new FollowerEvent.Diverged(posted.Number, (int)chunk.Header.Index, "the state on disk is in the middle of a checkpoint");
            }

            (VerifiedChunk? verified, string? reason) = Verify(chunk, parent, parentHash, layer, used, state, cancellationToken);
            if (verified is null)
            {
                return new FollowerEvent.Diverged(posted.Number, (int)chunk.Header.Index, reason!);
            }

            used = new ChunkLimits(used.Gas + verified.Used.Gas, used.Transactions + verified.Used.Transactions, used.Data + verified.Used.Data);
            parent = verified.Header;
            parentHash = verified.Hash;
            layer = ((WorldStateLayer)verified.State).Layer;
            _hashes.Add(parent.Number, parentHash);
            _chunks++;
            _transactions += (ulong)verified.Transactions.Length;
        }

        return new FollowerEvent.Followed(new FollowedCheckpoint(posted, data.Header, parent, parentHash, layer));
    }

    private (VerifiedChunk? Chunk, string? Reason) Verify(
        ChunkData chunk, BlockHeader parent, in Hash256 parentHash, StateLayer layer, in ChunkLimits used, RollupState state, CancellationToken cancellationToken)
    {
        ChunkHeader header = chunk.Header;
        DepositOutcome deposits = DepositRule.Expect(state.Inbox, Tip.InHash, header.Index, header.InHash, _options.Deposits);
        if (deposits is not DepositOutcome.Expected expected)
        {
            return (null, deposits.ToString());
        }

        ImmutableArray<Transaction>.Builder transactions = ImmutableArray.CreateBuilder<Transaction>(chunk.Transactions.Length);
        foreach (Bytes raw in chunk.Transactions)
        {
            if (Transaction.Decode(raw.ToArray(), _options.Transactions) is not TransactionDecoding.Decoded decoded)
            {
                return (null, $"transaction {transactions.Count} is none");
            }

            transactions.Add(decoded.Transaction);
        }

        ChunkContext context = _rules.ContextOf(parent, in parentHash, header.Slot, header.Index, header.Block.FeeRecipient, _hashes) with { Deposits = expected.Transactions };
        using ChunkVerification session = _verifier.Open(new WorldStateLayer(layer, header.Block.Number), context, _rules.LimitsAfter(in used));
        VerificationResult result = session.Append(transactions.DrainToImmutable(), header.Block, _time.GetUtcNow() + _options.ChunkTimeout, cancellationToken);
        return result is VerificationResult.Valid valid ? (valid.Chunk, null) : (null, result.ToString());
    }

    private void StartOver()
    {
        _queue.Clear();
        _chain.Clear();
        _proven = 0;
        Hash256 hash = _options.Genesis.ComputeHash();
        _hashes.Add(_options.Genesis.Number, hash);
        StateLayer? genesis = _world.Flattened.BlockNumber == _options.Genesis.Number ? _world.Flattened : null;
        _chain.Add(new FollowedCheckpoint(_watcher.Genesis, null, _options.Genesis, hash, genesis));
    }

    /// <summary>Hashes of the newest blocks, for BLOCKHASH.</summary>
    private sealed class KnownBlocks : IBlockHashes
    {
        private readonly Dictionary<ulong, Hash256> _hashes = [];

        public Hash256 GetBlockHash(ulong number) => _hashes.GetValueOrDefault(number);

        public void Add(ulong number, in Hash256 hash)
        {
            _hashes[number] = hash;
            if (number >= HashesKept)
            {
                _hashes.Remove(number - HashesKept);
            }
        }
    }
}
