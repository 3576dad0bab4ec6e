using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Contracts;

/// <summary>What a deployment of the rollup contract fixes for ever; see contracts/src/Parameters.sol for the rules.</summary>
public sealed record RollupParameters
{
    /// <summary>What the first checkpoint names as its parent.</summary>
    public Hash256 GenesisHash { get; init; }

    /// <summary>Chain id of the L2.</summary>
    public required ulong ChainId { get; init; }

    /// <summary>Start of slot 0, Unix seconds.</summary>
    public required ulong GenesisTime { get; init; }

    /// <summary>Seconds of a slot.</summary>
    public required uint SlotDuration { get; init; }

    /// <summary>Slots of an epoch.</summary>
    public uint EpochSlots { get; init; } = 32;

    /// <summary>Members of a committee, 1 to 128.</summary>
    public uint CommitteeSize { get; init; } = 48;

    /// <summary>Epochs from the set-up that draws a committee to the committee's epoch, 1 to 8.</summary>
    public uint CommitteeLag { get; init; } = 2;

    /// <summary>Joins and exits applied in one epoch.</summary>
    public uint ChurnLimit { get; init; } = 8;

    /// <summary>Slots in which a checkpoint may be posted, its own first.</summary>
    public uint InclusionWindow { get; init; } = 1;

    /// <summary>Epochs after its own in which an epoch may be proven.</summary>
    public uint ProofWindow { get; init; } = 1;

    /// <summary>Places of the checkpoint ring, a power of two above EpochSlots * (ProofWindow + 2).</summary>
    public uint RingSize { get; init; } = 128;

    /// <summary>Wei that a validator deposits.</summary>
    public UInt256 Stake { get; init; } = UInt256.Parse("1000000000000000000");

    /// <summary>What equivocation costs, in basis points of the stake.</summary>
    public ushort EquivocationPenalty { get; init; } = 1700;

    /// <summary>What a publication with bad attestations costs its proposer, in basis points of the stake.</summary>
    public ushort PublicationPenalty { get; init; } = 100;

    /// <summary>What goes to who proved the fault, in basis points of the penalty; at most half.</summary>
    public ushort ReporterReward { get; init; } = 1000;

    /// <summary>Seconds from a validator's removal to the release of its stake.</summary>
    public required ulong ExitDelay { get; init; }

    /// <summary>The contract that judges epoch proofs.</summary>
    public required Address Verifier { get; init; }

    /// <summary>The shortest exit delay that the contract takes: until then a removed validator may still be a member of a committee whose epoch is not proven.</summary>
    /// <param name="slotDuration">Seconds of a slot.</param>
    /// <param name="epochSlots">Slots of an epoch.</param>
    /// <param name="committeeLag">See <see cref="CommitteeLag"/>.</param>
    /// <param name="proofWindow">See <see cref="ProofWindow"/>.</param>
    /// <returns>Seconds.</returns>
    public static ulong MinExitDelay(uint slotDuration, uint epochSlots, uint committeeLag, uint proofWindow) =>
        ((ulong)committeeLag + proofWindow + 2) * epochSlots * slotDuration;

    /// <summary>The transaction data that deploys the contract.</summary>
    /// <returns>Creation code and arguments.</returns>
    public Bytes CreationData()
    {
        AbiTuple arguments = new AbiTuple()
            .Add(GenesisHash).Add(ChainId).Add(GenesisTime).Add(SlotDuration).Add(EpochSlots).Add(CommitteeSize).Add(CommitteeLag).Add(ChurnLimit)
            .Add(InclusionWindow).Add(ProofWindow).Add(RingSize).Add(Stake).Add(EquivocationPenalty).Add(PublicationPenalty).Add(ReporterReward)
            .Add(ExitDelay).Add(Verifier);
        return (byte[])[.. ContractArtifact.Rollup.CreationCode.Span, .. arguments.Encode()];
    }
}
