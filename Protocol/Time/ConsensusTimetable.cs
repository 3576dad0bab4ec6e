using System.Collections.Immutable;

namespace Cloud.Protocol.Time;

/// <summary>The instants that every node must agree on, from <see cref="ConsensusTiming"/> alone. Validation uses this type and nothing local.</summary>
/// <remarks>
/// <para>T is the start of a slot on L1, S the slot, E the L1 slot, D the chunk, W the inclusion window in slots. A slot's chunks are built in its frame:</para>
/// <list type="table">
/// <listheader><term>instant</term><description>Sequential | Pipelined | Continuous</description></listheader>
/// <item><term>frame start F</term><description>T | T - S - lead | T - S - lead</description></item>
/// <item><term>frame end F'</term><description>T + S | T - lead | T - lead</description></item>
/// <item><term>chunk k may arrive from</term><description>F | F | F + kD (nobody may run ahead of the timetable)</description></item>
/// <item><term>proposals may arrive until</term><description>T + S - E - D | F' - D | F' + grace - D</description></item>
/// <item><term>earliest L1 send</term><description>T | T - lead | T - lead</description></item>
/// <item><term>planned L1 send</term><description>T + S - E | T - lead | F' + 2D</description></item>
/// <item><term>attestation deadline, and last useful L1 send</term><description>T + WS - E | T + WS - E - lead | T + WS - E - lead</description></item>
/// <item><term>synced deadline, rounded up to a second</term><description>T + S | F' + grace | F' + grace</description></item>
/// </list>
/// <para>In Continuous the last chunk closes at F', exactly where the next frame starts. It has at least one chunk's time to arrive (F' + D, with the least grace of 2D) and one more to be
/// re-executed and signed (F' + 2D), which the next proposer's first two chunks overlap. A longer grace is for a proposer's process that has to start again.</para>
/// <para>With a wider inclusion window a checkpoint that is late is attested and posted all the same; the chain waits for it, since no slot is begun on more than one that is not on L1.</para>
/// <para>Instants beyond the calendar are clamped to its ends, so every function is total: a slot number from outside can be passed as it is.</para>
/// </remarks>
public sealed class ConsensusTimetable
{
    /// <summary>How far a peer's clock may differ: both ends of every receive window move outwards by it, ends included.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(1);

    private ConsensusTimetable(ConsensusTiming timing)
    {
        Timing = timing;
        (long s, long e, long d, long lead) = (timing.Slot.Ticks, timing.L1Slot.Ticks, timing.Chunk.Ticks, timing.Lead.Ticks);
        long window = s * timing.InclusionWindow;
        switch (timing.Profile)
        {
            case TimingProfile.Sequential:
                FrameOffset = 0;
                AttestationDeadlineOffset = window - e;
                ReceiveDeadlineOffset = s - e - d;
                PlannedL1SendOffset = s - e;
                break;
            case TimingProfile.Pipelined:
                FrameOffset = -s - lead;
                AttestationDeadlineOffset = window - e - lead;
                ReceiveDeadlineOffset = -lead - d;
                PlannedL1SendOffset = -lead;
                break;
            default:
                FrameOffset = -s - lead;
                AttestationDeadlineOffset = window - e - lead;
                ReceiveDeadlineOffset = timing.Grace.Ticks - d - lead;
                PlannedL1SendOffset = (2 * d) - lead;
                break;
        }
    }

    /// <summary>The values that this timetable follows.</summary>
    public ConsensusTiming Timing { get; }

    // Ticks from the slot's start on L1, so that a proposer's plan shares the formulas.
    internal long FrameOffset { get; }

    internal long ReceiveDeadlineOffset { get; }

    internal long AttestationDeadlineOffset { get; }

    internal long PlannedL1SendOffset { get; }

    /// <summary>Checks the values and makes the timetable.</summary>
    /// <param name="timing">The consensus values.</param>
    /// <returns>The timetable, or every rule that the values break.</returns>
    public static TimetableResult<ConsensusTimetable> Create(ConsensusTiming timing)
    {
        ArgumentNullException.ThrowIfNull(timing);
        ImmutableArray<TimetableRefusal>.Builder refusals = ImmutableArray.CreateBuilder<TimetableRefusal>();
        RefuseRanges(timing, refusals);
        if (refusals.Count == 0)
        {
            RefuseRelations(timing, refusals);
        }

        return refusals.Count == 0
            ? new TimetableResult<ConsensusTimetable>.Created(new ConsensusTimetable(timing))
            : new TimetableResult<ConsensusTimetable>.Refused(refusals.ToImmutable());
    }

    /// <summary>The start of a slot on L1, T.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <returns>Genesis plus the slots before.</returns>
    public DateTimeOffset SlotStart(ulong slot) => At(slot, 0);

    /// <summary>The slot that is running on L1.</summary>
    /// <param name="now">An instant.</param>
    /// <returns>The slot number, or null before genesis.</returns>
    public ulong? SlotAt(DateTimeOffset now) => SlotOfFrame(now, 0);

    /// <summary>The slot whose frame is running, so whose chunks are being built.</summary>
    /// <param name="now">An instant.</param>
    /// <returns>The slot number, or null before the frame of slot 0.</returns>
    public ulong? BuildingSlotAt(DateTimeOffset now) => SlotOfFrame(now, FrameOffset);

    /// <summary>The start of the frame in which a slot's chunks are built, F.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <returns>The instant; for slot 0 of a pipelined profile it is before genesis.</returns>
    public DateTimeOffset FrameStart(ulong slot) => At(slot, FrameOffset);

    /// <summary>The end of a slot's frame, which is the start of the next slot's, F'.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <returns>The instant.</returns>
    public DateTimeOffset FrameEnd(ulong slot) => At(slot, FrameOffset + Timing.Slot.Ticks);

    /// <summary>When a chunk proposal, or a flashblock of the chunk, may arrive.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <param name="index">Any chunk index.</param>
    /// <returns>The window without the clock tolerance.</returns>
    public TimeWindow ChunkWindow(ulong slot, uint index) => new(ChunkOpening(slot, index), At(slot, ReceiveDeadlineOffset));

    /// <summary>When a checkpoint proposal may arrive.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <returns>The window without the clock tolerance.</returns>
    public TimeWindow CheckpointWindow(ulong slot) => new(FrameStart(slot), At(slot, ReceiveDeadlineOffset));

    /// <summary>When an attestation of a chunk may arrive.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <param name="index">Any chunk index.</param>
    /// <returns>The window without the clock tolerance.</returns>
    public TimeWindow ChunkAttestationWindow(ulong slot, uint index) => new(ChunkOpening(slot, index), AttestationDeadline(slot));

    /// <summary>When an attestation of a checkpoint may arrive.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <returns>The window without the clock tolerance.</returns>
    public TimeWindow CheckpointAttestationWindow(ulong slot) => new(FrameStart(slot), AttestationDeadline(slot));

    /// <summary>The last instant to receive a proposal of the slot.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <returns>The instant without the clock tolerance.</returns>
    public DateTimeOffset ReceiveDeadline(ulong slot) => At(slot, ReceiveDeadlineOffset);

    /// <summary>The last instant to re-execute, sign and collect, and the last useful one to send the checkpoint to L1.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <returns>The instant.</returns>
    public DateTimeOffset AttestationDeadline(ulong slot) => At(slot, AttestationDeadlineOffset);

    /// <summary>The first instant at which a checkpoint may be sent to L1: earlier, it could be mined before its slot and fail.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <returns>The instant.</returns>
    public DateTimeOffset EarliestL1Send(ulong slot) => At(slot, Timing.Profile == TimingProfile.Sequential ? 0 : -Timing.Lead.Ticks);

    /// <summary>From when on L1 takes the checkpoint of a slot no more.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <returns>The start of the first slot after the inclusion window.</returns>
    public DateTimeOffset InclusionEnd(ulong slot) => At(slot, (Int128)Timing.Slot.Ticks * Timing.InclusionWindow);

    /// <summary>When the checkpoint goes to L1 if everything takes as long as planned.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <returns>The instant; from <see cref="EarliestL1Send"/> on a complete quorum may be sent at once.</returns>
    public DateTimeOffset PlannedL1Send(ulong slot) => At(slot, PlannedL1SendOffset);

    /// <summary>A node that does not know the slot's checkpoint after this instant gives up the slot's chunks.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <returns>The instant, on a whole second.</returns>
    public DateTimeOffset SyncedDeadline(ulong slot)
    {
        Int128 offset = Timing.Profile == TimingProfile.Sequential ? Timing.Slot.Ticks : (Int128)Timing.Grace.Ticks - Timing.Lead.Ticks;
        DateTimeOffset exact = At(slot, offset);
        long beyond = exact.UtcTicks % TimeSpan.TicksPerSecond;
        long rounded = beyond == 0 ? exact.UtcTicks : exact.UtcTicks - beyond + TimeSpan.TicksPerSecond;
        return new DateTimeOffset(Math.Min(rounded, DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero);
    }

    /// <summary>The block timestamp of a chunk: where its part of the frame starts, so that no two chunks of a chain share one and none is in the future.</summary>
    /// <param name="slot">Any slot number.</param>
    /// <param name="index">Chunk index, less than the cap.</param>
    /// <returns>Unix seconds; 0 for instants before 1970.</returns>
    public ulong ChunkTimestamp(ulong slot, uint index) =>
        (ulong)Math.Max(0, At(slot, FrameOffset + ((Int128)index * Timing.Chunk.Ticks)).ToUnixTimeSeconds());

    internal DateTimeOffset At(ulong slot, Int128 offset)
    {
        Int128 ticks = Timing.Genesis.UtcTicks + ((Int128)slot * Timing.Slot.Ticks) + offset;
        Int128 clamped = Int128.Clamp(ticks, 0, DateTimeOffset.MaxValue.UtcTicks);
        return new DateTimeOffset((long)clamped, TimeSpan.Zero);
    }

    private static void RefuseRanges(ConsensusTiming timing, ImmutableArray<TimetableRefusal>.Builder refusals)
    {
        RefuseDuration(refusals, nameof(timing.Slot), timing.Slot, zeroAllowed: false);
        RefuseDuration(refusals, nameof(timing.L1Slot), timing.L1Slot, zeroAllowed: false);
        RefuseDuration(refusals, nameof(timing.Chunk), timing.Chunk, zeroAllowed: false);
        RefuseDuration(refusals, nameof(timing.Lead), timing.Lead, zeroAllowed: true);
        RefuseDuration(refusals, nameof(timing.Grace), timing.Grace, zeroAllowed: true);
        if (!Enum.IsDefined(timing.Profile))
        {
            refusals.Add(new(TimetableRule.DurationRange, nameof(timing.Profile), $"{timing.Profile} is no timing profile."));
        }

        if (timing.MaxChunksPerSlot is < 1 or > ConsensusTiming.LargestMaxChunksPerSlot)
        {
            refusals.Add(new(
                TimetableRule.MaxChunksRange,
                nameof(timing.MaxChunksPerSlot),
                $"{timing.MaxChunksPerSlot} is not from 1 to {ConsensusTiming.LargestMaxChunksPerSlot}."));
        }

        if (timing.InclusionWindow is < 1 or > ConsensusTiming.LargestInclusionWindow)
        {
            refusals.Add(new(
                TimetableRule.InclusionWindowRange,
                nameof(timing.InclusionWindow),
                $"{timing.InclusionWindow} is not from 1 to {ConsensusTiming.LargestInclusionWindow} slots."));
        }

        RefuseFraction(refusals, nameof(timing.Genesis), timing.Genesis.UtcTicks);
        RefuseFraction(refusals, nameof(timing.Slot), timing.Slot.Ticks);
        RefuseFraction(refusals, nameof(timing.L1Slot), timing.L1Slot.Ticks);
    }

    private static void RefuseRelations(ConsensusTiming timing, ImmutableArray<TimetableRefusal>.Builder refusals)
    {
        (TimeSpan slot, TimeSpan l1Slot, TimeSpan chunk) = (timing.Slot, timing.L1Slot, timing.Chunk);
        if (slot.Ticks % l1Slot.Ticks != 0)
        {
            refusals.Add(new(TimetableRule.SlotIsMultipleOfL1Slot, nameof(timing.Slot), $"{Text(slot)} is not a multiple of the L1 slot, {Text(l1Slot)}."));
        }

        if (chunk < TimeSpan.FromSeconds(1) || chunk > slot)
        {
            refusals.Add(new(TimetableRule.ChunkDuration, nameof(timing.Chunk), $"{Text(chunk)} is not from 1 s to the slot's {Text(slot)}."));
        }

        if (timing.Profile != TimingProfile.Sequential && (timing.Lead <= TimeSpan.Zero || timing.Lead > l1Slot))
        {
            refusals.Add(new(TimetableRule.LeadWithinL1Slot, nameof(timing.Lead), $"{Text(timing.Lead)} is not above 0 and at most the L1 slot, {Text(l1Slot)}."));
        }

        if (timing.Profile == TimingProfile.Continuous)
        {
            RefuseContinuous(timing, refusals);
        }

        ConsensusTimetable timetable = new(timing);
        if (timetable.ReceiveDeadlineOffset <= timetable.FrameOffset)
        {
            refusals.Add(new(
                TimetableRule.ReceiveWindowNotEmpty,
                nameof(timing.Slot),
                $"In {Text(slot)} with chunks of {Text(chunk)} and L1 slots of {Text(l1Slot)} no time is left to receive a proposal."));
        }

        if (timetable.ReceiveDeadlineOffset > timetable.AttestationDeadlineOffset)
        {
            refusals.Add(new(
                TimetableRule.ReceiveBeforeAttestationDeadline,
                nameof(timing.Grace),
                $"With a grace of {Text(timing.Grace)} proposals may arrive after the attestation deadline."));
        }

        if (timetable.PlannedL1SendOffset > timetable.AttestationDeadlineOffset)
        {
            refusals.Add(new(
                TimetableRule.L1SendBeforeAttestationDeadline,
                nameof(timing.Slot),
                $"The planned L1 send, two chunks ({Text(chunk * 2)}) after the frame, is later than the attestation deadline, {Text(slot - l1Slot)} after it."));
        }
    }

    private static void RefuseContinuous(ConsensusTiming timing, ImmutableArray<TimetableRefusal>.Builder refusals)
    {
        if (timing.Slot.Ticks % timing.Chunk.Ticks != 0)
        {
            refusals.Add(new(
                TimetableRule.ContinuousSlotIsMultipleOfChunk,
                nameof(timing.Chunk),
                $"A slot of {Text(timing.Slot)} is not a whole number of chunks of {Text(timing.Chunk)}."));
        }
        else if (timing.Slot.Ticks / timing.Chunk.Ticks > timing.MaxChunksPerSlot)
        {
            refusals.Add(new(
                TimetableRule.ContinuousCapCoversSlot,
                nameof(timing.MaxChunksPerSlot),
                $"{timing.MaxChunksPerSlot} is less than the {timing.Slot.Ticks / timing.Chunk.Ticks} chunks that fill a slot."));
        }

        if (timing.Grace < timing.Chunk * 2)
        {
            refusals.Add(new(
                TimetableRule.ContinuousGraceCoversAttesting,
                nameof(timing.Grace),
                $"{Text(timing.Grace)} is less than two chunks, {Text(timing.Chunk * 2)}."));
        }
    }

    private static void RefuseFraction(ImmutableArray<TimetableRefusal>.Builder refusals, string option, long ticks)
    {
        if (ticks % TimeSpan.TicksPerSecond != 0)
        {
            refusals.Add(new(TimetableRule.WholeSeconds, option, "It has a fraction of a second; L1 timestamps are whole seconds."));
        }
    }

    internal static void RefuseDuration(ImmutableArray<TimetableRefusal>.Builder refusals, string option, TimeSpan value, bool zeroAllowed)
    {
        bool low = zeroAllowed ? value < TimeSpan.Zero : value <= TimeSpan.Zero;
        if (low || value > LongestDuration || value.Ticks % TimeSpan.TicksPerMillisecond != 0)
        {
            refusals.Add(new(
                TimetableRule.DurationRange,
                option,
                $"{value} is not a whole number of milliseconds {(zeroAllowed ? "from 0" : "above 0")} to one day."));
        }
    }

    internal static string Text(TimeSpan value) => value.Ticks % TimeSpan.TicksPerSecond == 0
        ? $"{value.Ticks / TimeSpan.TicksPerSecond} s"
        : $"{value.Ticks / TimeSpan.TicksPerMillisecond} ms";

    private DateTimeOffset ChunkOpening(ulong slot, uint index) =>
        At(slot, FrameOffset + (Timing.Profile == TimingProfile.Continuous ? (Int128)index * Timing.Chunk.Ticks : 0));

    private ulong? SlotOfFrame(DateTimeOffset now, long frameOffset)
    {
        long sinceFirstFrame = now.UtcTicks - Timing.Genesis.UtcTicks - frameOffset;
        return sinceFirstFrame < 0 ? null : (ulong)(sinceFirstFrame / Timing.Slot.Ticks);
    }
}
