using Cloud.Execution.Pool;
using Cloud.Execution.Processing;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Building;

/// <summary>Builds one chunk, flashblock by flashblock, from the transaction pool. Not safe for several threads, but for <see cref="RequestSeal"/>.</summary>
/// <remarks>
/// The steps are <see cref="Fill"/>, <see cref="Close"/>, then the caller signs, journals and emits, then <see cref="Confirm"/>; <see cref="RunAsync"/> does them at their times.
/// Best transactions first, at the moment of selection; what is in a flashblock never moves. Between two transactions the clock is read, so that a flashblock is late
/// by one transaction at most. No transaction can end the chunk: what cannot be part of it is left out.
/// </remarks>
public sealed class ChunkBuilder : IDisposable
{
    private const ulong SmallestGas = IntrinsicGas.Base;

    // A legacy transaction of the smallest numbers has about as many bytes.
    private const long SmallestData = 96;

    // A round gives up after as many transactions that do not fit: the time is worth more than the last bit of gas.
    private const int MaxMisfits = 1024;

    // As many exceptions are not a matter of transactions any more.
    private const int MaxFaults = 16;

    // Timers cut off parts of a millisecond: a shorter wait would be none, and the loop would spin.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan LongestReserve = TimeSpan.FromMilliseconds(50);

    private readonly ChunkPlan _plan;
    private readonly TransactionPool _pool;
    private readonly TimeProvider _time;
    private readonly ChunkExecution _execution;
    private readonly PoolSelection _selection;
    private readonly List<StateChanges> _changes = [];
    private readonly TaskCompletionSource _sealRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ChunkLimits _limits;
    private BuiltFlashblock? _unconfirmed;
    private BuiltFlashblock? _repeated;
    private TimeSpan _reserve;
    private int _trigger;
    private int _misfits;
    private int _faults;

    /// <summary>Starts a chunk: runs the protocol's calls and the deposits.</summary>
    /// <param name="plan">What to build.</param>
    /// <param name="pool">Where transactions come from. Its head should be the parent block.</param>
    /// <param name="time">The clock.</param>
    public ChunkBuilder(ChunkPlan plan, TransactionPool pool, TimeProvider time)
        : this(plan, pool, time, runDeposits: true)
    {
    }

    private ChunkBuilder(ChunkPlan plan, TransactionPool pool, TimeProvider time, bool runDeposits)
    {
        _plan = plan;
        _pool = pool;
        _time = time;
        _execution = new ChunkExecution(plan.Parent, plan.Context, overlapRoot: true);
        if (runDeposits)
        {
            foreach (Transaction deposit in plan.Context.Deposits)
            {
                RunDeposit(deposit);
            }
        }

        ulong gasLimit = plan.Context.GasLimit;
        _limits = plan.Limits with { Gas = Math.Min(plan.Limits.Gas, gasLimit) };
        _selection = pool.Select(plan.Context.BaseFeePerGas);
        _trigger = TriggerAfter(-1);
    }

    /// <summary>Index of the next flashblock.</summary>
    public int NextIndex { get; private set; }

    /// <summary>When the flashblock under construction should stop taking transactions: its time, less what closing took before.</summary>
    public DateTimeOffset FillUntil => ClosesAt - _reserve;

    /// <summary>When the flashblock under construction closes.</summary>
    public DateTimeOffset ClosesAt => _plan.Schedule.ClosesAt(_trigger);

    /// <summary>Whether the last flashblock is confirmed.</summary>
    public bool IsSealed => Chunk is not null;

    /// <summary>The chunk, once its last flashblock is confirmed.</summary>
    public BuiltChunk? Chunk { get; private set; }

    /// <summary>Told of transactions that made the EVM throw: defects of ours or of the disk, never of the transaction. They are left out.</summary>
    public Action<Transaction, Exception>? Faulted { get; init; }

    /// <summary>Whether the garbage collector is asked to come between flashblocks: see <see cref="CollectorPace"/>.</summary>
    public bool PacesCollector { get; set; } = true;

    /// <summary>Told of each transaction that was taken, with its gas.</summary>
    internal Action<ulong>? Executed { get; set; }

    /// <summary>Repeats the flashblocks that were emitted before a restart, checks that each comes out the same, and goes on after the last one.</summary>
    /// <param name="plan">What the first run built.</param>
    /// <param name="emitted">Its journal, in order.</param>
    /// <param name="pool">Where transactions come from.</param>
    /// <param name="senders">Known senders.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up between two transactions.</param>
    /// <returns>A builder for the next index, or why there is none.</returns>
    public static ChunkResumption Resume(
        ChunkPlan plan, IReadOnlyList<EmittedFlashblock> emitted, TransactionPool pool, SenderCache senders, TimeProvider time, CancellationToken cancellationToken)
    {
        ChunkBuilder builder = new(plan, pool, time, runDeposits: emitted.Count == 0);
        try
        {
            ChunkResumption? refusal = null;
            for (int i = 0; i < emitted.Count && refusal is null; i++)
            {
                refusal = builder.Repeat(emitted[i], senders, cancellationToken);
            }

            if (refusal is not null)
            {
                builder.Dispose();
            }

            builder._trigger = builder.TriggerAfter(emitted.Count - 1);
            return refusal ?? new ChunkResumption.Resumed(builder, builder._repeated);
        }
        catch
        {
            builder.Dispose();
            throw;
        }
    }

    /// <summary>Asks for the chunk's end: the flashblock under construction becomes the last one. May be called from any thread.</summary>
    public void RequestSeal() => _sealRequested.TrySetResult();

    /// <summary>Builds to the end. Not to be called on a grain's turn: it computes for long stretches, and comes back to where it was called after each wait.</summary>
    /// <param name="emit">Signs, journals and emits a flashblock, and returns when it can no longer be lost. If it throws, the chunk can only be resumed from the journal.</param>
    /// <param name="cancellationToken">Gives up; nothing is emitted after it.</param>
    /// <returns>The sealed chunk.</returns>
    public async Task<BuiltChunk> RunAsync(Func<BuiltFlashblock, CancellationToken, ValueTask> emit, CancellationToken cancellationToken)
    {
        while (!IsSealed)
        {
            FillOutcome outcome = Fill(cancellationToken);
            TimeSpan wait = FillUntil - _time.GetUtcNow();
            if (outcome is FillOutcome.Idle or FillOutcome.ShareUsed && wait >= ShortestWait)
            {
                await WaitAsync(wait, forArrival: outcome == FillOutcome.Idle, cancellationToken);
                continue;
            }

            BuiltFlashblock flashblock = Close(outcome);
            cancellationToken.ThrowIfCancellationRequested();
            await emit(flashblock, cancellationToken);
            Confirm();
            if (!IsSealed && PacesCollector)
            {
                CollectorBound.Shared.FlashblockEnded();
                CollectorPace.Shared.FlashblockEnded();
            }
        }

        CollectorBound.Shared.ChunkEnded();
        return Chunk!;
    }

    /// <summary>Takes transactions until the flashblock's time, its share or the pool is exhausted.</summary>
    /// <param name="cancellationToken">Gives up between two transactions.</param>
    /// <returns>Why it has stopped.</returns>
    public FillOutcome Fill(CancellationToken cancellationToken)
    {
        RequireOpen();
        ChunkLimits budget = FlashblockBudget.Through(in _limits, _trigger, _plan.Schedule.Count);
        DateTimeOffset until = FillUntil;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ChunkLimits used = _execution.Used.Minus(_execution.UsedByDeposits);
            if (_sealRequested.Task.IsCompleted || !HasRoom(in _limits, in used))
            {
                return FillOutcome.ChunkFull;
            }

            if (_time.GetUtcNow() >= until)
            {
                return FillOutcome.TimeUp;
            }

            if (!HasRoom(in budget, in used) || _misfits > MaxMisfits)
            {
                return FillOutcome.ShareUsed;
            }

            if (!_selection.TryNext(out Transaction? transaction, out Address sender))
            {
                return FillOutcome.Idle;
            }

            Take(transaction, in sender, in budget, in used);
        }
    }

    /// <summary>Ends the flashblock under construction.</summary>
    /// <param name="outcome">Why it ends: <see cref="FillOutcome.ChunkFull"/> makes it the last one, as does the end of the schedule.</param>
    /// <returns>The flashblock, to be emitted once and then confirmed.</returns>
    public BuiltFlashblock Close(FillOutcome outcome)
    {
        RequireOpen();
        long start = _time.GetTimestamp();
        ChunkPrefix prefix = _execution.Close();
        TimeSpan took = _time.GetElapsedTime(start);

        // What closing took is taken off the next flashblock's time, so that it closes on time, not begins to.
        _reserve = took < LongestReserve ? took : LongestReserve;
        bool isLast = outcome == FillOutcome.ChunkFull || _trigger == _plan.Schedule.Count - 1;
        return _unconfirmed = new BuiltFlashblock(NextIndex, isLast, prefix);
    }

    /// <summary>The flashblock that was closed last is emitted and cannot be lost: goes on to the next one.</summary>
    public void Confirm()
    {
        BuiltFlashblock flashblock = _unconfirmed ?? throw new InvalidOperationException("There is no flashblock to confirm.");
        _unconfirmed = null;
        Accept(flashblock.Prefix, flashblock.IsLast);
        _trigger = TriggerAfter(_trigger);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _selection.Dispose();
        _execution.Dispose();
    }

    private static bool HasRoom(in ChunkLimits limits, in ChunkLimits used)
    {
        ChunkLimits left = limits.Minus(in used);
        return left.Gas >= SmallestGas && left.Transactions > 0 && left.Data >= SmallestData;
    }

    private void RequireOpen()
    {
        if (IsSealed)
        {
            throw new InvalidOperationException("The chunk is sealed.");
        }

        if (_unconfirmed is not null)
        {
            throw new InvalidOperationException($"Flashblock {_unconfirmed.Index} is not confirmed.");
        }
    }

    private void Take(Transaction transaction, in Address sender, in ChunkLimits budget, in ChunkLimits used)
    {
        int size = transaction.Raw.Length;
        if (transaction.GasLimit > _limits.Gas || transaction.GasLimit > _plan.MaxTransactionGas || size > _limits.Data)
        {
            _misfits++;
            _selection.ExcludeSender();
            return;
        }

        // The budget holds the gas limit, not the gas used, which nobody knows before (flashblocks 3.4). Deposits can leave less than the budget says.
        ulong blockGasLeft = _plan.Context.GasLimit - Math.Min(_plan.Context.GasLimit, _execution.Used.Gas);
        if (transaction.GasLimit > Math.Min(budget.Minus(in used).Gas, blockGasLeft) || size > budget.Data - used.Data)
        {
            _misfits++;
            _selection.SkipSender();
            return;
        }

        ulong gasBefore = _execution.Used.Gas;
        switch (ExecuteSoundly(transaction, in sender))
        {
            case TransactionResult.Included:
                Executed?.Invoke(_execution.Used.Gas - gasBefore);
                break;
            case TransactionResult.Refused { Refusal: ExecutionRefusal.NonceTooLow }:
                // The pool has not heard of the parent yet; the sender's next one may be good.
                break;
            case TransactionResult.Refused { Refusal: ExecutionRefusal.InsufficientFunds or ExecutionRefusal.NonceTooHigh }:
                _misfits++;
                _selection.SkipSender();
                break;
            default:
                _misfits++;
                _selection.ExcludeSender();
                break;
        }
    }

    private TransactionResult? ExecuteSoundly(Transaction transaction, in Address sender)
    {
        try
        {
            return _execution.Execute(transaction, in sender);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && ++_faults <= MaxFaults)
        {
            Faulted?.Invoke(transaction, exception);
            _execution.Recover();
            return null;
        }
    }

    private void RunDeposit(Transaction deposit)
    {
        Address from = deposit.Deposit?.From ?? throw new ArgumentException($"{deposit} is not a deposit.");
        _ = _execution.Execute(deposit, in from);
    }

    private ChunkResumption? Repeat(EmittedFlashblock emitted, SenderCache senders, CancellationToken cancellationToken)
    {
        foreach (Transaction transaction in emitted.Transactions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!senders.TryGetSender(transaction, out Address sender))
            {
                return new ChunkResumption.InvalidTransaction(NextIndex, transaction.Hash, "invalid sender");
            }

            if (_execution.Execute(transaction, in sender) is TransactionResult.Refused refused)
            {
                return new ChunkResumption.InvalidTransaction(NextIndex, transaction.Hash, refused.Refusal.Message);
            }

            if (transaction.Type != TransactionType.Deposit)
            {
                _selection.StartAt(in sender, transaction.Nonce + 1);
            }
        }

        ChunkPrefix prefix = _execution.Close();
        if (prefix.Hash != emitted.BlockHash)
        {
            return new ChunkResumption.Mismatch(NextIndex, emitted.BlockHash, prefix.Hash);
        }

        _repeated = new BuiltFlashblock(NextIndex, emitted.IsLast, prefix);
        Accept(prefix, emitted.IsLast);
        return null;
    }

    private void Accept(ChunkPrefix prefix, bool isLast)
    {
        _changes.Add(prefix.Changes);
        _pool.Commit(new PoolFlashblock(_plan.Context.Number, NextIndex, prefix.Transactions, prefix.State, [prefix.Changes]));
        NextIndex++;
        _misfits = 0;
        if (isLast)
        {
            Chunk = new BuiltChunk(
                new Block(prefix.Header, [.. _execution.Transactions]), [.. _execution.Receipts], prefix.State, prefix.Used, NextIndex, [.. _changes]);
            return;
        }

        _selection.NextRound();
    }

    /// <summary>Which time of the schedule is next: what is over is left out, so that a late builder closes fewer flashblocks.</summary>
    private int TriggerAfter(int trigger)
    {
        int last = _plan.Schedule.Count - 1;
        int next = _plan.Schedule.NextAfter(_time.GetUtcNow()) ?? last;
        return Math.Min(last, Math.Max(next, trigger + 1));
    }

    private async Task WaitAsync(TimeSpan wait, bool forArrival, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task delay = Task.Delay(wait, _time, stop.Token);
        Task[] events = forArrival ? [delay, _sealRequested.Task, _selection.WhenArrived()] : [delay, _sealRequested.Task];
        bool isOnThreadPool = TaskScheduler.Current == TaskScheduler.Default && SynchronizationContext.Current is null;
        await (isOnThreadPool ? Task.WhenAny(events) : FirstOfAsync(events));
        stop.Cancel();
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>As <see cref="Task.WhenAny(Task[])"/>, which goes through the thread pool and so would leave the scheduler or the context of a simulation.</summary>
    private static Task FirstOfAsync(Task[] events)
    {
        TaskCompletionSource first = new();
        foreach (Task one in events)
        {
            _ = SignalAsync(one, first);
        }

        return first.Task;
    }

    private static async Task SignalAsync(Task one, TaskCompletionSource first)
    {
        await one.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        first.TrySetResult();
    }
}
