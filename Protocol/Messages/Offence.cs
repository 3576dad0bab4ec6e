namespace Cloud.Protocol.Messages;

/// <summary>A fault that can be attributed to one key. Time-outs and missing data are not among them.</summary>
public enum Offence
{
    /// <summary>Two flashblocks at one (slot, chunk, index).</summary>
    DuplicateFlashblock = 1,

    /// <summary>Two chunks at one (slot, index).</summary>
    DuplicateChunkProposal = 2,

    /// <summary>Two checkpoints of one slot.</summary>
    DuplicateCheckpointProposal = 3,

    /// <summary>Two attestations of one kind for one chunk position.</summary>
    DuplicateChunkAttestation = 4,

    /// <summary>Two attestations of one kind for one slot's checkpoint.</summary>
    DuplicateCheckpointAttestation = 5,

    /// <summary>A chunk whose re-execution gives another block, or fails.</summary>
    InvalidChunkProposal = 6,

    /// <summary>An attestation of having executed such a chunk.</summary>
    AttestedToInvalid = 7,

    /// <summary>A checkpoint whose header is not what the slot's chunks give.</summary>
    InvalidCheckpointProposal = 8,
}
