namespace Cloud.Protocol.Crypto;

/// <summary>Why a KZG operation refused its input or its proof. A closed set; <see cref="None"/> means done, or verified.</summary>
public enum KzgFault
{
    /// <summary>Done, or verified.</summary>
    None,

    /// <summary>A part of the input has another length than the operation takes, or the parts have different counts.</summary>
    Length,

    /// <summary>A 32-byte field element is not below the modulus of the scalar field.</summary>
    FieldElementOutOfRange,

    /// <summary>A commitment or proof is no compressed point of the right subgroup.</summary>
    InvalidPoint,

    /// <summary>A cell index is not below 128, or the indices are not distinct and ascending where they must be.</summary>
    CellIndexOutOfRange,

    /// <summary>Too few cells to recover a blob: half of them are needed.</summary>
    TooFewCells,

    /// <summary>The versioned hash is not that of the commitment.</summary>
    VersionedHashMismatch,

    /// <summary>All is well-formed, and the proof is wrong.</summary>
    ProofMismatch,
}
