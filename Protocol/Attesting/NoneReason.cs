namespace Cloud.Protocol.Attesting;

/// <summary>Why a validator does not sign.</summary>
public enum NoneReason
{
    /// <summary>It only watches.</summary>
    Fisherman,

    /// <summary>It signs checkpoints only.</summary>
    CheckpointOnly,

    /// <summary>It is not in the slot's committee.</summary>
    NotInCommittee,

    /// <summary>The attestation deadline is over.</summary>
    TooLate,

    /// <summary>It did not find the proposal valid.</summary>
    NotValid,

    /// <summary>It has signed at this position, or a later one of its slot.</summary>
    AlreadySigned,

    /// <summary>It has signed for a later slot.</summary>
    OlderSlot,

    /// <summary>The proposal does not stand on what it signed last, and that is not given up: two certificates could contradict each other.</summary>
    ContradictsOwn,
}
