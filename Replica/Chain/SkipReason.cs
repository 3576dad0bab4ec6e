namespace Cloud.Replica.Chain;

/// <summary>Why a checkpoint that is on L1 is not part of the chain (building-in-chunks 4.5).</summary>
public enum SkipReason
{
    /// <summary>Fewer attestations than a quorum.</summary>
    InsufficientAttestations,

    /// <summary>A bad attestation.</summary>
    IncorrectAttestations,

    /// <summary>It stands on a checkpoint that is skipped.</summary>
    DescendantOfSkipped,
}
