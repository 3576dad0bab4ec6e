using System.Collections.Immutable;

namespace Cloud.Protocol.Time;

/// <summary>Every deadline of a proposer: the consensus instants, and between them what its own budgets plan (building-in-chunks 1.2 and 1.3).</summary>
public sealed class Timetable
{
    private readonly long _firstOffset;
    private readonly long _startOffset;
    private readonly long _lastChunkOffset;
    private readonly long _sendOffset;
    private readonly long _receivedOffset;
    private readonly long _validatedOffset;
    private readonly long _l1SendOffset;
    private readonly long _publishByOffset;

    private Timetable(ConsensusTimetable consensus, LocalBudgets budgets)
    {
        Consensus = consensus;
        Budgets = budgets;
        ConsensusTiming timing = consensus.Timing;
        (long s, long d, long frame) = (timing.Slot.Ticks, timing.Chunk.Ticks, consensus.FrameOffset);
        (long p, long prepare, long init, long min) = (budgets.Propagation.Ticks, budgets.Prepare.Ticks, budgets.Init.Ticks, budgets.MinChunk.Ticks);
        long fitting;
        if (timing.Profile == TimingProfile.Continuous)
        {
            _firstOffset = frame;
            _lastChunkOffset = frame + s;
            _sendOffset = _lastChunkOffset + prepare;
            _receivedOffset = _sendOffset + p;
            _validatedOffset = _receivedOffset + d;
            _l1SendOffset = consensus.PlannedL1SendOffset;
            _publishByOffset = consensus.AttestationDeadlineOffset;
            _startOffset = _lastChunkOffset - min;
            fitting = s / d;
        }
        else
        {
            bool sequential = timing.Profile == TimingProfile.Sequential;
            _firstOffset = frame + init;
            _l1SendOffset = sequential ? s - budgets.L1Publishing.Ticks : consensus.PlannedL1SendOffset;
            _publishByOffset = sequential ? _l1SendOffset : consensus.AttestationDeadlineOffset;
            _validatedOffset = _l1SendOffset - p;
            _receivedOffset = _validatedOffset - d;
            _sendOffset = _receivedOffset - p;
            _lastChunkOffset = _sendOffset - prepare;
            _startOffset = sequential ? _l1SendOffset - (2 * p) - prepare - init - (2 * min) : _lastChunkOffset - min;
            fitting = Math.Max(0, _lastChunkOffset - _firstOffset) / d;
        }

        ChunksThatFit = (int)Math.Min(int.MaxValue, fitting);
        ChunksPerSlot = Math.Min(ChunksThatFit, timing.MaxChunksPerSlot);
    }

    /// <summary>The part that every node agrees on.</summary>
    public ConsensusTimetable Consensus { get; }

    /// <summary>The budgets in effect, after the caps for a fast L1.</summary>
    public LocalBudgets Budgets { get; }

    /// <summary>How many chunks a proposer builds at most in a slot.</summary>
    public int ChunksPerSlot { get; }

    /// <summary>How many would fit without the cap; more than <see cref="ChunksPerSlot"/> means that the cap binds, which an operator should be told.</summary>
    public int ChunksThatFit { get; }

    /// <summary>The time per slot in which no chunk is built for want of time to attest and publish.</summary>
    /// <remarks>Pipelined: prepare + 2 propagation + chunk, besides <see cref="LocalBudgets.Init"/> and what the division into chunks leaves over.</remarks>
    public TimeSpan DeadZone => TimeSpan.FromTicks(Consensus.FrameOffset + Consensus.Timing.Slot.Ticks - _lastChunkOffset);

    /// <summary>Checks both kinds of values and makes the timetable.</summary>
    /// <param name="timing">The consensus values.</param>
    /// <param name="budgets">The node's own; those of <see cref="LocalBudgets.CappedFor"/> are used.</param>
    /// <returns>The timetable, or the rules that the values break.</returns>
    public static TimetableResult<Timetable> Create(ConsensusTiming timing, LocalBudgets budgets)
    {
        ArgumentNullException.ThrowIfNull(timing);
        ArgumentNullException.ThrowIfNull(budgets);
        if (ConsensusTimetable.Create(timing) is TimetableResult<ConsensusTimetable>.Refused refused)
        {
            return new TimetableResult<Timetable>.Refused(refused.Refusals);
        }

        ImmutableArray<TimetableRefusal>.Builder refusals = ImmutableArray.CreateBuilder<TimetableRefusal>();
        RefuseRanges(budgets, refusals);
        if (refusals.Count == 0)
        {
            ConsensusTimetable consensus = ConsensusTimetable.Create(timing).OrThrow();
            Timetable timetable = new(consensus, budgets.CappedFor(timing.Profile, timing.L1Slot));
            timetable.RefuseRelations(refusals);
            if (refusals.Count == 0)
            {
                return new TimetableResult<Timetable>.Created(timetable);
            }
        }

        return new TimetableResult<Timetable>.Refused(refusals.ToImmutable());
    }

    /// <summary>A public deployment: slots of 36 s, chunks of 6 s, L1 slots of 12 s, a committee inside one cluster.</summary>
    /// <param name="genesis">Start of slot 0, on a whole second.</param>
    /// <param name="profile">The profile.</param>
    /// <returns>The timetable.</returns>
    public static Timetable Hosted(DateTimeOffset genesis, TimingProfile profile = TimingProfile.Continuous) =>
        Create(
            ConsensusTiming.WithDefaults(profile, genesis, TimeSpan.FromSeconds(36), TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(6)),
            LocalBudgets.Cluster).OrThrow();

    /// <summary>A developer's machine: slots of 12 s, chunks of 2 s, L1 slots of 2 s.</summary>
    /// <param name="genesis">Start of slot 0, on a whole second.</param>
    /// <param name="profile">The profile.</param>
    /// <returns>The timetable.</returns>
    public static Timetable Local(DateTimeOffset genesis, TimingProfile profile = TimingProfile.Continuous) =>
        Create(
            ConsensusTiming.WithDefaults(profile, genesis, TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)),
            LocalBudgets.Cluster with { L1Publishing = TimeSpan.FromSeconds(2) }).OrThrow();

    /// <summary>The plan of one slot.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <returns>Absolute instants.</returns>
    public ProposerDeadlines Deadlines(ulong slot) => new(
        Consensus.FrameStart(slot),
        Consensus.At(slot, _startOffset),
        Consensus.At(slot, _lastChunkOffset),
        Consensus.At(slot, _sendOffset),
        Consensus.At(slot, _receivedOffset),
        Consensus.At(slot, _validatedOffset),
        Consensus.At(slot, _l1SendOffset),
        Consensus.At(slot, _publishByOffset - (2 * Budgets.Propagation.Ticks)),
        Consensus.At(slot, _publishByOffset),
        Consensus.At(slot, (Int128)Consensus.ReceiveDeadlineOffset + Budgets.OrphanTolerance.Ticks));

    /// <summary>The window in which a proposer builds one chunk. The windows of a slot abut; in Continuous those of neighbouring slots do too.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <param name="subSlot">From 0 to <see cref="ChunksPerSlot"/> - 1.</param>
    /// <returns>From the planned start to the deadline.</returns>
    public TimeWindow BuildWindow(ulong slot, int subSlot)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(subSlot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(subSlot, ChunksPerSlot);
        long start = _firstOffset + (subSlot * Consensus.Timing.Chunk.Ticks);
        return new TimeWindow(Consensus.At(slot, start), Consensus.At(slot, start + Consensus.Timing.Chunk.Ticks));
    }

    /// <summary>The first window in which a proposer can still build a chunk worth while.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <param name="previous">The window that was used or left out last, or -1 at the start.</param>
    /// <param name="now">When the proposer is ready for the next chunk.</param>
    /// <returns>The window, or that none is left.</returns>
    /// <remarks>Windows whose time is nearly over are skipped, deadlines never move, and nobody runs ahead of the timetable.</remarks>
    public NextChunk ChooseNext(ulong slot, int previous, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(previous, -1);

        // Who is ready before the planned start may use the time, but not before the frame: it belongs to the previous proposer.
        DateTimeOffset earliest = previous < 0 ? Consensus.FrameStart(slot) : BuildWindow(slot, Math.Min(previous, ChunksPerSlot - 1)).End;
        DateTimeOffset startAt = now > earliest ? now : earliest;
        for (int subSlot = previous + 1; subSlot < ChunksPerSlot; subSlot++)
        {
            DateTimeOffset deadline = BuildWindow(slot, subSlot).End;
            if (deadline - startAt >= Budgets.MinChunk)
            {
                return new NextChunk.Build(subSlot, startAt, deadline - Budgets.MinChunk, deadline, subSlot == ChunksPerSlot - 1);
            }
        }

        return NextChunk.Stop.Instance;
    }

    /// <summary>The flashblocks of a chunk.</summary>
    /// <param name="start">When building starts.</param>
    /// <param name="deadline">When the chunk is sealed.</param>
    /// <param name="isFirstOfSlot">Whether another proposer has built the chunk before. In Continuous one more flashblock then closes after half an interval.</param>
    /// <returns>Their closing times.</returns>
    public FlashblockSchedule Flashblocks(DateTimeOffset start, DateTimeOffset deadline, bool isFirstOfSlot = false) =>
        new(start, deadline, Budgets.FlashblockInterval, isFirstOfSlot && Consensus.Timing.Profile == TimingProfile.Continuous ? Budgets.FlashblockInterval / 2 : null);

    private static void RefuseRanges(LocalBudgets budgets, ImmutableArray<TimetableRefusal>.Builder refusals)
    {
        ConsensusTimetable.RefuseDuration(refusals, nameof(budgets.Propagation), budgets.Propagation, zeroAllowed: true);
        ConsensusTimetable.RefuseDuration(refusals, nameof(budgets.Prepare), budgets.Prepare, zeroAllowed: true);
        ConsensusTimetable.RefuseDuration(refusals, nameof(budgets.Init), budgets.Init, zeroAllowed: true);
        ConsensusTimetable.RefuseDuration(refusals, nameof(budgets.MinChunk), budgets.MinChunk, zeroAllowed: false);
        ConsensusTimetable.RefuseDuration(refusals, nameof(budgets.L1Publishing), budgets.L1Publishing, zeroAllowed: true);
        ConsensusTimetable.RefuseDuration(refusals, nameof(budgets.OrphanTolerance), budgets.OrphanTolerance, zeroAllowed: true);
        ConsensusTimetable.RefuseDuration(refusals, nameof(budgets.FlashblockInterval), budgets.FlashblockInterval, zeroAllowed: false);
    }

    private void RefuseRelations(ImmutableArray<TimetableRefusal>.Builder refusals)
    {
        TimeSpan chunk = Consensus.Timing.Chunk;
        if (Budgets.MinChunk > chunk)
        {
            refusals.Add(new(TimetableRule.MinChunkWithinChunk, nameof(Budgets.MinChunk), $"{Text(Budgets.MinChunk)} is longer than a chunk, {Text(chunk)}."));
        }

        if (Budgets.FlashblockInterval < TimeSpan.FromMilliseconds(10) || Budgets.FlashblockInterval > chunk)
        {
            refusals.Add(new(
                TimetableRule.FlashblockInterval,
                nameof(Budgets.FlashblockInterval),
                $"{Text(Budgets.FlashblockInterval)} is not from 10 ms to a chunk, {Text(chunk)}."));
        }

        if (Consensus.Timing.Profile == TimingProfile.Continuous)
        {
            RefuseContinuous(refusals);
            return;
        }

        if (Consensus.Timing.Profile == TimingProfile.Sequential && Budgets.L1Publishing < Consensus.Timing.L1Slot)
        {
            refusals.Add(new(
                TimetableRule.L1PublishingCoversL1Slot,
                nameof(Budgets.L1Publishing),
                $"{Text(Budgets.L1Publishing)} is less than an L1 slot, {Text(Consensus.Timing.L1Slot)}: the checkpoint could miss its slot."));
        }

        if (ChunksThatFit < 1)
        {
            refusals.Add(new(
                TimetableRule.OneChunkFits,
                nameof(ConsensusTiming.Slot),
                $"Between initialisation and the last moment to build there are {Text(TimeSpan.FromTicks(_lastChunkOffset - _firstOffset))}, less than a chunk of {Text(chunk)}."));
        }

        if (_startOffset < Consensus.FrameOffset)
        {
            refusals.Add(new(
                TimetableRule.StartWithinFrame,
                nameof(Budgets.MinChunk),
                $"The last moment to start is {Text(TimeSpan.FromTicks(Consensus.FrameOffset - _startOffset))} before the frame starts."));
        }

        RefuseLateReceipt(refusals);
    }

    private void RefuseContinuous(ImmutableArray<TimetableRefusal>.Builder refusals)
    {
        TimeSpan chunk = Consensus.Timing.Chunk;
        TimeSpan handover = Budgets.Propagation + Budgets.Init + Budgets.MinChunk;
        if (handover > chunk)
        {
            refusals.Add(new(
                TimetableRule.ContinuousHandoverFitsChunk,
                nameof(Budgets.Init),
                $"Propagation, initialisation and the shortest chunk take {Text(handover)}, more than a chunk, {Text(chunk)}."));
        }

        TimeSpan roundTrip = Budgets.Prepare + (2 * Budgets.Propagation);
        if (roundTrip > chunk)
        {
            refusals.Add(new(
                TimetableRule.ContinuousRoundTripFitsChunk,
                nameof(Budgets.Propagation),
                $"Preparing and two propagations take {Text(roundTrip)}, more than a chunk, {Text(chunk)}."));
        }

        RefuseLateReceipt(refusals);
    }

    private void RefuseLateReceipt(ImmutableArray<TimetableRefusal>.Builder refusals)
    {
        TimeSpan late = TimeSpan.FromTicks(_receivedOffset - Consensus.ReceiveDeadlineOffset);
        if (late > TimeSpan.Zero)
        {
            refusals.Add(new(
                TimetableRule.ReceiveBeforeDeadline,
                Consensus.Timing.Profile == TimingProfile.Sequential ? nameof(Budgets.L1Publishing) : nameof(Budgets.Propagation),
                $"By these budgets the committee has the checkpoint {Text(late)} after the receive deadline."));
        }
    }

    private static string Text(TimeSpan value) => ConsensusTimetable.Text(value);
}
