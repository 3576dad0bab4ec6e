namespace Cloud.Protocol.Checkpoints;

/// <summary>How a chunk stands with the committee when its slot's checkpoint is assembled.</summary>
public enum ChunkStanding
{
    /// <summary>It has a certificate.</summary>
    Certified,

    /// <summary>It has none yet, and the committee still has the time that it may take for one.</summary>
    Expected,

    /// <summary>It has none, and that time is over: a checkpoint with it would most likely fail as a whole.</summary>
    Unlikely,
}
