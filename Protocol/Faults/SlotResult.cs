namespace Cloud.Protocol.Faults;

/// <summary>What became of a slot, the surest word first (building-in-chunks 2.5).</summary>
public enum SlotResult
{
    /// <summary>Its checkpoint is on L1.</summary>
    CheckpointMined,

    /// <summary>Its checkpoint was found valid here.</summary>
    CheckpointValid,

    /// <summary>Its checkpoint was found invalid here.</summary>
    CheckpointInvalid,

    /// <summary>A checkpoint was proposed and could not be checked: data or time was missing.</summary>
    CheckpointUnvalidated,

    /// <summary>Chunks came, and no checkpoint.</summary>
    CheckpointMissed,

    /// <summary>Nothing came.</summary>
    ChunksMissed,
}
