using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Replica.Genesis;
using Cloud.Settlement.Contracts;

namespace Cloud.Silo.Rollups;

/// <summary>What a new rollup is made of. A deployment fixes all of it for ever.</summary>
public sealed record RollupPlan
{
    /// <summary>Chain id of the L2.</summary>
    public ulong ChainId { get; init; } = 7_357;

    /// <summary>How building and publishing are laid out.</summary>
    public TimingProfile Profile { get; init; } = TimingProfile.Continuous;

    /// <summary>Duration of a slot, whole seconds and a multiple of <see cref="L1Slot"/>.</summary>
    public TimeSpan Slot { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>Duration of an L1 slot, whole seconds.</summary>
    public TimeSpan L1Slot { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Duration of a chunk, at least a second.</summary>
    public TimeSpan Chunk { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Slots in which a checkpoint may be posted, its own first. With the slot after it a checkpoint that is late is not lost, and keeps what was promised.</summary>
    public int InclusionWindow { get; init; } = 2;

    /// <summary>How long a proposer's process may take to start again, so that what it was building is still taken; shorter where the inclusion window leaves no time for that.</summary>
    public TimeSpan RestartTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Members of the committee, 1 to 128; as many validators are registered.</summary>
    public int CommitteeSize { get; init; } = 4;

    /// <summary>Slots of an epoch. An epoch is what is proven at once.</summary>
    public uint EpochSlots { get; init; } = 4;

    /// <summary>Epochs after its own in which an epoch may be proven.</summary>
    public uint ProofWindow { get; init; } = 30;

    /// <summary>The accounts of block 0.</summary>
    public ImmutableArray<GenesisAccount> Accounts { get; init; } = [];

    /// <summary>A rollup on an L1 that exists: six L1 slots to a slot, chunks of 6 s.</summary>
    /// <param name="l1Slot">Duration of an L1 slot.</param>
    /// <returns>The plan.</returns>
    public static RollupPlan On(TimeSpan l1Slot) => new() { L1Slot = l1Slot, Slot = l1Slot * 6, Chunk = TimeSpan.FromSeconds(6) };

    /// <summary>Duration of an L1 slot on Ethereum.</summary>
    public static TimeSpan EthereumSlot { get; } = TimeSpan.FromSeconds(12);

    /// <summary>Accounts that get wei through the inbox: the payer deposits it on L1 before slot 0, and the first slots bring it.</summary>
    public ImmutableArray<(Address To, UInt256 Value)> Deposits { get; init; } = [];

    /// <summary>How committees are drawn.</summary>
    public CommitteeRules Committee => new((int)EpochSlots, CommitteeSize, CommitteeLag, CommitteeLag);

    private static int CommitteeLag => 2;

    /// <summary>The timing values with a start.</summary>
    /// <param name="genesis">Start of slot 0, on a whole second.</param>
    /// <returns>The values.</returns>
    public ConsensusTiming TimingFrom(DateTimeOffset genesis)
    {
        ConsensusTiming timing = ConsensusTiming.WithDefaults(Profile, genesis, Slot, L1Slot, Chunk) with { InclusionWindow = InclusionWindow };
        TimeSpan most = (Slot * InclusionWindow) - L1Slot - Chunk;
        TimeSpan grace = timing.Grace + RestartTime < most ? timing.Grace + RestartTime : most;
        return timing with { Grace = grace > timing.Grace ? grace : timing.Grace };
    }

    /// <summary>Checks the plan.</summary>
    /// <returns>One sentence for each broken rule, with the value's name; none where all is well.</returns>
    public ImmutableArray<string> Check()
    {
        ImmutableArray<string>.Builder faults = ImmutableArray.CreateBuilder<string>();
        if (Timetable.Create(TimingFrom(DateTimeOffset.UnixEpoch.AddDays(365)), LocalBudgets.Cluster.CappedFor(Profile, L1Slot)) is TimetableResult<Timetable>.Refused refused)
        {
            faults.AddRange(refused.Refusals.Select(refusal => $"{refusal.Option}: {refusal.Message}"));
        }

        if (Committee.Check() is { } committee)
        {
            faults.Add(committee);
        }

        if (ProofWindow < 1)
        {
            faults.Add($"{nameof(ProofWindow)} is {ProofWindow}; it is at least 1 epoch.");
        }

        return faults.ToImmutable();
    }

    /// <summary>What the contract is deployed with.</summary>
    /// <param name="genesis">Start of slot 0.</param>
    /// <param name="verifier">The contract that judges epoch proofs.</param>
    /// <returns>The parameters.</returns>
    public RollupParameters ParametersFrom(DateTimeOffset genesis, Protocol.Primitives.Address verifier)
    {
        uint slot = (uint)Slot.TotalSeconds;
        uint ring = 1;
        while (ring <= EpochSlots * (ProofWindow + 2))
        {
            ring <<= 1;
        }

        return new RollupParameters
        {
            ChainId = ChainId,
            GenesisTime = (ulong)genesis.ToUnixTimeSeconds(),
            SlotDuration = slot,
            EpochSlots = EpochSlots,
            CommitteeSize = (uint)CommitteeSize,
            CommitteeLag = (uint)CommitteeLag,
            ChurnLimit = (uint)Math.Max(8, CommitteeSize),
            InclusionWindow = (uint)InclusionWindow,
            ProofWindow = ProofWindow,
            RingSize = ring,
            ExitDelay = RollupParameters.MinExitDelay(slot, EpochSlots, (uint)CommitteeLag, ProofWindow),
            Verifier = verifier,
        };
    }
}
