namespace Cloud.Protocol.Checkpoints;

/// <summary>How a checkpoint's header differs from the one that the slot's chunks give (building-in-chunks 3.4).</summary>
public enum CheckpointFault
{
    /// <summary>It stands on another checkpoint.</summary>
    WrongParent,

    /// <summary>It has more chunks than a slot may have.</summary>
    TooManyChunks,

    /// <summary>The block that it names as its last is not that of the chunk at that place: it ends elsewhere, such as before a chunk that the committee has certified.</summary>
    LastChunkMismatch,

    /// <summary>Other chunks.</summary>
    ChunksMismatch,

    /// <summary>Another height of the first chunk.</summary>
    FirstBlockMismatch,

    /// <summary>Another state root.</summary>
    StateRootMismatch,

    /// <summary>Other messages from L1.</summary>
    InHashMismatch,

    /// <summary>Other messages to L1.</summary>
    OutHashMismatch,

    /// <summary>Not the start of the slot.</summary>
    TimestampMismatch,

    /// <summary>Another fee recipient.</summary>
    FeeRecipientMismatch,

    /// <summary>Not the sum of the chunks' gas.</summary>
    GasMismatch,

    /// <summary>The slot's gas or transactions exceed the limits.</summary>
    LimitExceeded,
}
