namespace Cloud.Protocol.Validation;

/// <summary>Whether a chunk may be processed further (building-in-chunks 2.5).</summary>
public enum ChunkProcessing
{
    /// <summary>It may.</summary>
    Allowed,

    /// <summary>The slot has two checkpoint proposals: none of its chunks is processed any more.</summary>
    CheckpointEquivocated,

    /// <summary>The slot's checkpoint ends before the chunk.</summary>
    BeyondCheckpoint,
}
