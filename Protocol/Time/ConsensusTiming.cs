namespace Cloud.Protocol.Time;

/// <summary>The timing values that every node of a rollup must share: they decide what is accepted. Nothing local belongs here.</summary>
public sealed record ConsensusTiming
{
    /// <summary>The upper end of <see cref="MaxChunksPerSlot"/>.</summary>
    public const int LargestMaxChunksPerSlot = 1024;

    /// <summary>The upper end of <see cref="InclusionWindow"/>.</summary>
    public const int LargestInclusionWindow = 64;

    /// <summary>How building and publishing are laid out.</summary>
    public required TimingProfile Profile { get; init; }

    /// <summary>Start of slot 0, on a whole second.</summary>
    public required DateTimeOffset Genesis { get; init; }

    /// <summary>Duration of a slot, a multiple of <see cref="L1Slot"/>.</summary>
    public required TimeSpan Slot { get; init; }

    /// <summary>Duration of an L1 slot, whole seconds.</summary>
    public required TimeSpan L1Slot { get; init; }

    /// <summary>Duration of a chunk, from one second to a slot.</summary>
    public required TimeSpan Chunk { get; init; }

    /// <summary>How long before a pipelined slot starts its checkpoint is sent to L1; above 0, at most <see cref="L1Slot"/>. Sequential does not use it.</summary>
    public required TimeSpan Lead { get; init; }

    /// <summary>How long after a pipelined frame's end its checkpoint may still become known before its chunks are given up. In Continuous proposals may arrive until one chunk before that.</summary>
    public required TimeSpan Grace { get; init; }

    /// <summary>Slots in which a checkpoint may be posted, its own first; the contract's inclusion window. From 1 to <see cref="LargestInclusionWindow"/>.</summary>
    public int InclusionWindow { get; init; } = 1;

    /// <summary>Most chunks of a slot, from 1 to <see cref="LargestMaxChunksPerSlot"/>. A chunk with a higher index is refused.</summary>
    public required int MaxChunksPerSlot { get; init; }

    /// <summary>Fills in lead, grace and the cap on chunks.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="genesis">Start of slot 0.</param>
    /// <param name="slot">Duration of a slot.</param>
    /// <param name="l1Slot">Duration of an L1 slot.</param>
    /// <param name="chunk">Duration of a chunk.</param>
    /// <returns>Lead by <see cref="DefaultLead"/>, a grace of two chunks, as many chunks as a slot can hold.</returns>
    public static ConsensusTiming WithDefaults(TimingProfile profile, DateTimeOffset genesis, TimeSpan slot, TimeSpan l1Slot, TimeSpan chunk) => new()
    {
        Profile = profile,
        Genesis = genesis,
        Slot = slot,
        L1Slot = l1Slot,
        Chunk = chunk,
        Lead = DefaultLead(l1Slot),
        Grace = chunk * 2,
        MaxChunksPerSlot = chunk > TimeSpan.Zero ? (int)Math.Clamp(slot.Ticks / chunk.Ticks, 1, LargestMaxChunksPerSlot) : 1,
    };

    /// <summary>Half an L1 slot, at least 1 s and at most 6 s (building-in-chunks 1.1).</summary>
    /// <param name="l1Slot">Duration of an L1 slot.</param>
    /// <returns>The lead.</returns>
    public static TimeSpan DefaultLead(TimeSpan l1Slot) =>
        TimeSpan.FromTicks(Math.Clamp(l1Slot.Ticks / 2, TimeSpan.TicksPerSecond, 6 * TimeSpan.TicksPerSecond));
}
