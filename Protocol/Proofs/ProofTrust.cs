using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Proofs;

/// <summary>What a verifier takes for granted. Whatever is null is reported for the reader to check instead.</summary>
public sealed record ProofTrust
{
    /// <summary>The rollup that the proof must be of.</summary>
    public SigningContext? Context { get; init; }

    /// <summary><see cref="Committees.Committee.Commitment"/> of the epoch's committee.</summary>
    public Hash256? CommitteeCommitment { get; init; }

    /// <summary>Slots of an epoch, with which the slot must be of the committee's epoch.</summary>
    public int? SlotsPerEpoch { get; init; }

    /// <summary>Takes nothing for granted.</summary>
    public static ProofTrust None { get; } = new();
}
