namespace Cloud.Protocol.Time;

/// <summary>What a node allows itself for its own steps. Tuning them changes when a node acts, never what it accepts.</summary>
public sealed record LocalBudgets
{
    /// <summary>The shortest L1 slot of a public L1; below it <see cref="CappedFor"/> shortens the budgets.</summary>
    public static readonly TimeSpan FastL1SlotBelow = TimeSpan.FromSeconds(8);

    /// <summary>One way through the network to a quorum of the committee.</summary>
    public required TimeSpan Propagation { get; init; }

    /// <summary>Sealing the last chunk and assembling the checkpoint.</summary>
    public required TimeSpan Prepare { get; init; }

    /// <summary>From the start of a proposer's frame to its first transaction.</summary>
    public required TimeSpan Init { get; init; }

    /// <summary>The shortest time in which building a chunk is worth while; above 0, at most a chunk.</summary>
    public required TimeSpan MinChunk { get; init; }

    /// <summary>Sequential only: from sending to L1 to the end of the slot.</summary>
    public required TimeSpan L1Publishing { get; init; }

    /// <summary>How long after the receive deadline chunks without a checkpoint proposal are kept.</summary>
    public TimeSpan OrphanTolerance { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time between flashblocks, from 10 ms to a chunk.</summary>
    public TimeSpan FlashblockInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Budgets for a committee that talks over a public network.</summary>
    public static LocalBudgets Network { get; } = new()
    {
        Propagation = TimeSpan.FromSeconds(2),
        Prepare = TimeSpan.FromSeconds(1),
        Init = TimeSpan.FromSeconds(1),
        MinChunk = TimeSpan.FromSeconds(2),
        L1Publishing = TimeSpan.FromSeconds(12),
    };

    /// <summary>Budgets for a committee inside one cluster: handing over takes one flashblock interval.</summary>
    public static LocalBudgets Cluster { get; } = new()
    {
        Propagation = TimeSpan.FromMilliseconds(100),
        Prepare = TimeSpan.FromMilliseconds(500),
        Init = TimeSpan.FromMilliseconds(100),
        MinChunk = TimeSpan.FromSeconds(1),
        L1Publishing = TimeSpan.FromSeconds(12),
    };

    /// <summary>The budgets with the caps that hold on an L1 with short slots, as in tests and on a developer's machine (building-in-chunks 1.1).</summary>
    /// <param name="profile">The profile; sequential has caps of its own.</param>
    /// <param name="l1Slot">Duration of an L1 slot; from <see cref="FastL1SlotBelow"/> on nothing changes.</param>
    /// <returns>Budgets that are nowhere longer than these.</returns>
    public LocalBudgets CappedFor(TimingProfile profile, TimeSpan l1Slot)
    {
        if (l1Slot >= FastL1SlotBelow)
        {
            return this;
        }

        TimeSpan half = TimeSpan.FromMilliseconds(500);
        bool sequential = profile == TimingProfile.Sequential;
        return this with
        {
            Propagation = Shorter(Propagation, sequential ? TimeSpan.Zero : half),
            Prepare = Shorter(Prepare, half),
            Init = sequential ? Shorter(Init, half) : Init,
            MinChunk = Shorter(MinChunk, TimeSpan.FromSeconds(1)),
        };
    }

    private static TimeSpan Shorter(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
