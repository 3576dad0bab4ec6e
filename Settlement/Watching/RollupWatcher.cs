using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.L1Events;

namespace Cloud.Settlement.Watching;

/// <summary>Follows the rollup contract by its events, block by block, through reorganisations. Nothing is taken from a node that contradicts itself. Not safe for several threads.</summary>
/// <remarks>
/// Blocks further down than the reorganisation depth are read in ranges, and what they gave is compared with the contract itself when the newest block is reached; above it each block's events
/// are those that its header commits to. So events that an endpoint leaves out are missed.
/// </remarks>
public sealed class RollupWatcher
{
    private const int MaxDoubts = 3;

    private readonly IL1Client _client;
    private readonly WatcherOptions _options;
    private readonly List<WatchedBlock> _blocks = [];
    private L1HeadTracker? _tracker;
    private RollupState _base;
    private L1BlockRef? _baseBlock;
    private ulong _next;
    private int _doubts;
    private bool _isContradicted;
    private bool _isUncertain;

    /// <summary>Makes a watcher that has read nothing yet.</summary>
    /// <param name="client">L1.</param>
    /// <param name="options">Settings that passed <see cref="WatcherOptions.Check"/>.</param>
    public RollupWatcher(IL1Client client, WatcherOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _client = client;
        _options = options;
        _base = RollupState.Genesis(options.GenesisHash);
        Genesis = _base.Proven;
        _next = options.DeploymentBlock;
    }

    /// <summary>Checkpoint 0.</summary>
    public PostedCheckpoint Genesis { get; }

    /// <summary>The contract as of the last block that was read.</summary>
    public RollupState State => _blocks.Count > 0 ? _blocks[^1].After : _base;

    /// <summary>The last block that was read; null before the first.</summary>
    public L1Block? Head => _blocks.Count > 0 ? _blocks[^1].Header : null;

    /// <summary>The last block that was read, also where it is so old that nothing but its hash is kept.</summary>
    public L1BlockRef? Position => Head is { } head ? new L1BlockRef(head.Number, head.Hash) : _baseBlock;

    /// <summary>The newest final block that was seen; null before the first.</summary>
    public L1BlockRef? Finalized { get; private set; }

    /// <summary>How far L1 is ahead of what was read, in blocks, when it was last looked at.</summary>
    public ulong Behind { get; private set; }

    /// <summary>What the last look met that kept it from reading all; null where it read what there was.</summary>
    public L1Failure? Problem { get; private set; }

    /// <summary>One picture of L1; null until the newest block was read, and what history gave was compared with the contract.</summary>
    public WatcherView? View => _blocks.Count == 0 || _isUncertain ? null : new WatcherView(State, [.. _blocks.Select(block => block.Header)], Finalized?.Number ?? 0);

    /// <summary>Reads what is new. While history is read each call takes one range of blocks.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The steps since the last call, in order, none where nothing is new; or why L1 gave no answer, with nothing changed.</returns>
    public async Task<L1Result<ImmutableArray<WatchStep>>> PollAsync(CancellationToken cancellationToken = default)
    {
        List<WatchStep> steps = [];
        L1Failure? failure = _tracker is null ? await ReadHistoryAsync(steps, cancellationToken).ConfigureAwait(false) : null;
        if (failure is null && _tracker is not null)
        {
            failure = await FollowAsync(_tracker, steps, cancellationToken).ConfigureAwait(false);
        }

        Problem = failure;
        Doubt(failure, steps);
        return failure is not null && steps.Count == 0 ? new L1Result<ImmutableArray<WatchStep>>.Failed(failure) : new L1Result<ImmutableArray<WatchStep>>.Ok([.. steps]);
    }

    /// <summary>Who contradicts himself is not asked for a while. Where an answer contradicts what was read before, either may be the lie: when it stays, everything is read again, from somebody else.</summary>
    private void Doubt(L1Failure? failure, List<WatchStep> steps)
    {
        bool contradicted = _isContradicted;
        _isContradicted = false;
        if (failure is null)
        {
            _doubts = 0;
        }
        else if (contradicted && ++_doubts >= MaxDoubts)
        {
            _doubts = 0;
            _client.Distrust();
            StartAgain(steps);
        }
        else if (failure is L1Failure.Lie && !contradicted)
        {
            _client.Distrust();
        }
    }

    private async Task<L1Failure?> ReadHistoryAsync(List<WatchStep> steps, CancellationToken cancellationToken)
    {
        L1Result<L1Block?> latest = await _client.GetBlockAsync(BlockTag.Latest, cancellationToken).ConfigureAwait(false);
        if (!latest.TryGet(out L1Block? head, out L1Failure? failure) || head is null)
        {
            return failure ?? new L1Failure.Lie(_client.Endpoint, "it has no newest block");
        }

        // What lies deep enough is read in ranges; the rest has a parent hash for each block.
        ulong depth = (ulong)_options.ReorgDepth / 2;
        ulong firm = head.Number > depth ? head.Number - depth : 0;
        Behind = head.Number > _next ? head.Number - _next : 0;

        // With room to spare: L1 may grow by a block between two calls for ever.
        if (_next > firm || firm == 0 || Behind < depth + (depth / 2))
        {
            return await StartTrackingAsync(_next, cancellationToken).ConfigureAwait(false);
        }

        ulong to = Math.Min(firm, _next + _options.LogRange - 1);
        L1Result<L1Block?> last = await _client.GetBlockAsync(BlockTag.Of(to), cancellationToken).ConfigureAwait(false);
        if (!last.TryGet(out L1Block? end, out failure) || end is null)
        {
            return failure ?? new L1Failure.Lie(_client.Endpoint, $"block {to} is missing below its head {head.Number}");
        }

        L1Result<ImmutableArray<L1Log>> logs = await _client.GetLogsAsync(new LogFilter(_options.Rollup, _next, to), cancellationToken).ConfigureAwait(false);
        if (!logs.TryGet(out ImmutableArray<L1Log> read, out failure))
        {
            return failure;
        }

        _isUncertain = true;
        RollupState state = _base;
        List<WatchStep> added = [];
        foreach (IGrouping<ulong, L1Log> inBlock in read.GroupBy(log => log.BlockNumber))
        {
            L1Result<L1Block?> block = await _client.GetBlockAsync(BlockTag.Of(inBlock.Key), cancellationToken).ConfigureAwait(false);
            if (!block.TryGet(out L1Block? header, out failure) || header is null)
            {
                return failure ?? new L1Failure.Lie(_client.Endpoint, $"block {inBlock.Key} has events and is missing");
            }

            if (Apply(header, [.. inBlock], state, out WatchedBlock watched) is { } fault)
            {
                return fault;
            }

            state = watched.After;
            added.Add(new WatchStep.Added(watched));
        }

        steps.AddRange(added);
        _base = state;
        _baseBlock = new L1BlockRef(end.Number, end.Hash);
        _next = to + 1;
        Behind = head.Number - to;
        return null;
    }

    private async Task<L1Failure?> StartTrackingAsync(ulong at, CancellationToken cancellationToken)
    {
        // The block below the first one that is tracked, where there is one.
        ulong number = at == 0 ? 0 : at - 1;
        L1Result<L1Block?> start = await _client.GetBlockAsync(BlockTag.Of(number), cancellationToken).ConfigureAwait(false);
        if (!start.TryGet(out L1Block? block, out L1Failure? failure) || block is null)
        {
            return failure ?? new L1Failure.Lie(_client.Endpoint, $"block {number} is missing");
        }

        if (_baseBlock is { } known && known.Number == number && known.Hash != block.Hash)
        {
            // History moved while it was read: from the start, which is rare and safe.
            Restart();
            return new L1Failure.Lie(_client.Endpoint, $"block {number} has another hash than before");
        }

        _baseBlock = new L1BlockRef(block.Number, block.Hash);
        _tracker = new L1HeadTracker(_client, block, _options.ReorgDepth);
        return null;
    }

    /// <summary>Compares what the events of history gave, and those of the blocks since, with what the contract says of itself at the newest block.</summary>
    private async Task<L1Failure?> CompareAsync(List<WatchStep> steps, CancellationToken cancellationToken)
    {
        (string? difference, L1Failure? failure) = await FindDifferenceAsync(cancellationToken).ConfigureAwait(false);
        if (difference is null)
        {
            _isUncertain = failure is not null;
            return failure;
        }

        L1Block head = Head!;
        L1Result<L1Block?> again = await _client.GetBlockAsync(BlockTag.Of(head.Number), cancellationToken).ConfigureAwait(false);
        if (!again.TryGet(out L1Block? same, out failure) || same?.Hash != head.Hash)
        {
            return failure ?? new L1Failure.Unavailable($"Block {head.Number} of L1 left the chain while it was read; the next look sees another one.");
        }

        StartAgain(steps);
        return new L1Failure.Lie(_client.Endpoint, $"up to block {head.Number} its events give {difference}");
    }

    private async Task<(string? Difference, L1Failure? Failure)> FindDifferenceAsync(CancellationToken cancellationToken)
    {
        RollupState state = State;
        PostedCheckpoint pending = state.Pending;
        ulong epoch = state.Committees.Count == 0 ? 0 : state.Committees.Keys.Max() + 1;
        (string Function, ulong? Argument)[] questions = [("tips", null), ("checkpointHash", pending.Number), ("depositCount", null), ("committees", epoch)];
        Bytes[] answers = new Bytes[questions.Length];
        for (int i = 0; i < questions.Length; i++)
        {
            L1Call call = new(_options.Rollup, RollupCalls.Query(questions[i].Function, questions[i].Argument));
            if (!(await _client.CallAsync(call, BlockTag.Of(Head!.Number), cancellationToken).ConfigureAwait(false)).TryGet(out CallOutcome? outcome, out L1Failure? failure))
            {
                return (null, failure);
            }

            answers[i] = outcome is CallOutcome.Returned returned ? returned.Data : default;
        }

        // The block may be older than the contract.
        bool isUntouched = pending.Number == 0 && state.Inbox.Count == 0 && state.Committees.Count == 0;
        if (isUntouched && answers.All(answer => answer.IsEmpty))
        {
            return (null, null);
        }

        RollupTips? tips = RollupTips.Read(answers[0]);
        AbiReader deposits = new(answers[2].Span);
        return (
            tips is null ? "a rollup that its contract does not know"
            : tips.PendingNumber != pending.Number ? $"checkpoint {pending.Number} as the last one, and the contract has {tips.PendingNumber}"
            : tips.ProvenNumber != state.Proven.Number ? $"checkpoint {state.Proven.Number} as proven, and the contract has {tips.ProvenNumber}"
            : !answers[1].Span.SequenceEqual(pending.Record.Hash().ToArray()) ? $"another checkpoint {pending.Number} than the contract's"
            : deposits.UInt64() != state.Inbox.Count || deposits.Failed ? $"{state.Inbox.Count} messages to L2, and the contract has another number of them"
            : answers[3].Span.ContainsAnyExcept((byte)0) ? $"no committee of epoch {epoch}, and the contract has one"
            : null,
            null);
    }

    private async Task<L1Failure?> FollowAsync(L1HeadTracker tracker, List<WatchStep> steps, CancellationToken cancellationToken)
    {
        if (!(await tracker.PollAsync(cancellationToken).ConfigureAwait(false)).TryGet(out L1HeadChange? change, out L1Failure? failure))
        {
            return failure;
        }

        L1Block? head = tracker.Head;
        if (head is null || !change.IsComplete)
        {
            // Deeper than anything that L1 should do: everything is read again, and followers are told to start again.
            StartAgain(steps);
            return null;
        }

        int keep = _blocks.Count;
        while (keep > 0 && tracker.At(_blocks[keep - 1].Header.Number)?.Hash != _blocks[keep - 1].Header.Hash)
        {
            keep--;
        }

        if (keep < _blocks.Count)
        {
            _blocks.RemoveRange(keep, _blocks.Count - keep);
            steps.Add(new WatchStep.Reorged(Position!.Value, State));
        }

        failure = await AddAsync(tracker, head, steps, cancellationToken).ConfigureAwait(false);
        if (_tracker is null)
        {
            return null;
        }

        Behind = head.Number - Math.Min(head.Number, Position?.Number ?? 0);
        if (failure is null && _isUncertain && _blocks.Count > 0)
        {
            failure = await CompareAsync(steps, cancellationToken).ConfigureAwait(false);
            if (_tracker is null)
            {
                return failure;
            }
        }

        Trim();
        return failure ?? await FinalizeAsync(tracker, steps, cancellationToken).ConfigureAwait(false);
    }

    private async Task<L1Failure?> AddAsync(L1HeadTracker tracker, L1Block head, List<WatchStep> steps, CancellationToken cancellationToken)
    {
        // All of them or none: what is decided by a picture of L1 is decided at its head.
        List<WatchedBlock> added = [];
        for (ulong number = Position!.Value.Number + 1; number <= head.Number; number++)
        {
            if (tracker.At(number) is not { } header)
            {
                // The tracker has gone further than it remembers while events could not be had: what is between is read again.
                StartAgain(steps);
                return null;
            }

            if (!(await _client.GetLogsAsync(header, _options.Rollup, cancellationToken).ConfigureAwait(false)).TryGet(out ImmutableArray<L1Log>? logs, out L1Failure? failure))
            {
                return failure;
            }

            if (logs is not { } own)
            {
                return new L1Failure.Unavailable($"Block {number} of L1 left the chain while it was read; the next look sees another one.");
            }

            if (Apply(header, own, added.Count > 0 ? added[^1].After : State, out WatchedBlock watched) is { } fault)
            {
                return fault;
            }

            added.Add(watched);
        }

        _blocks.AddRange(added);
        steps.AddRange(added.Select(block => new WatchStep.Added(block)));
        return null;
    }

    private async Task<L1Failure?> FinalizeAsync(L1HeadTracker tracker, List<WatchStep> steps, CancellationToken cancellationToken)
    {
        L1Result<L1Block?> final = await _client.GetBlockAsync(BlockTag.Finalized, cancellationToken).ConfigureAwait(false);
        if (!final.TryGet(out L1Block? block, out L1Failure? failure))
        {
            return failure;
        }

        // A node that was started lately has none; one above what was read is told next time.
        if (block is null || block.Number <= (Finalized?.Number ?? 0) || block.Number > Position!.Value.Number || (tracker.At(block.Number) is { } known && known.Hash != block.Hash))
        {
            return null;
        }

        Finalized = new L1BlockRef(block.Number, block.Hash);
        steps.Add(new WatchStep.Finalized(Finalized.Value));
        return null;
    }

    private L1Failure.Lie? Apply(L1Block header, ImmutableArray<L1Log> logs, RollupState before, out WatchedBlock watched)
    {
        RollupState state = before;
        ImmutableArray<(RollupEvent Event, L1Log Log)>.Builder events = ImmutableArray.CreateBuilder<(RollupEvent Event, L1Log Log)>(logs.Length);
        watched = new WatchedBlock(header, [], before, before);
        foreach (L1Log log in logs)
        {
            if (log.Address != _options.Rollup)
            {
                return new L1Failure.Lie(_client.Endpoint, $"an event of {log.Address} was given for {_options.Rollup}");
            }

            RollupEvent read = RollupEvent.Read(log);
            (state, string? fault) = state.Apply(header, log, read);
            if (fault is not null)
            {
                _isContradicted = true;
                return new L1Failure.Lie(_client.Endpoint, $"in block {header.Number} {fault}");
            }

            events.Add((read, log));
        }

        watched = new WatchedBlock(header, events.DrainToImmutable(), before, state);
        return null;
    }

    private void Trim()
    {
        int extra = _blocks.Count - _options.ReorgDepth;
        if (extra > 0)
        {
            _base = _blocks[extra - 1].After;
            _baseBlock = new L1BlockRef(_blocks[extra - 1].Header.Number, _blocks[extra - 1].Header.Hash);
            _blocks.RemoveRange(0, extra);
        }
    }

    private void StartAgain(List<WatchStep> steps)
    {
        Restart();
        steps.Add(new WatchStep.Reorged(new L1BlockRef(_options.DeploymentBlock, default), _base));
    }

    private void Restart()
    {
        _blocks.Clear();
        _tracker = null;
        _base = RollupState.Genesis(_options.GenesisHash);
        _baseBlock = null;
        _next = _options.DeploymentBlock;
    }
}
