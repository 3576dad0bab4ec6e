namespace Cloud.Protocol.Attesting;

/// <summary>What a validator signs.</summary>
public enum AttestationMode
{
    /// <summary>Each chunk, and the checkpoint.</summary>
    PerChunk,

    /// <summary>The checkpoint only.</summary>
    CheckpointOnly,

    /// <summary>Nothing: it checks everything and reports what it finds.</summary>
    Fisherman,
}
