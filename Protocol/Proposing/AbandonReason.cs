namespace Cloud.Protocol.Proposing;

/// <summary>Why a proposer ends a slot without a publication. None of them is an offence.</summary>
public enum AbandonReason
{
    /// <summary>The slot was entered after the last instant to start, or closed after the last one to propose.</summary>
    TooLate,

    /// <summary>The slot has no chunk.</summary>
    NoChunks,

    /// <summary>No chunk has a certificate or can still get one.</summary>
    NothingCertified,

    /// <summary>The signing ledger refused: another instance of the validator has signed. It has the slot.</summary>
    SigningRefused,

    /// <summary>A signed message could not be stored, so it must not go out.</summary>
    StorageFailed,

    /// <summary>No quorum until the attestation deadline.</summary>
    AttestationTimeout,

    /// <summary>Until the end of the inclusion window nobody could tell whether the parent is on L1.</summary>
    ParentSyncTimeout,

    /// <summary>The parent checkpoint on L1 has bad attestations: invalidate it.</summary>
    ParentInvalidAttestations,

    /// <summary>The parent checkpoint is not on L1.</summary>
    ParentNotOnL1,

    /// <summary>Another checkpoint is on L1 in the parent's place.</summary>
    ParentHashMismatch,

    /// <summary>The slot was built as the first one, and L1 has a checkpoint before it.</summary>
    UnexpectedParentAppeared,
}
