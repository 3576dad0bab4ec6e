namespace Cloud.Replica.Node;

/// <summary>What a chunk waits for.</summary>
internal enum ChunkWorkState
{
    /// <summary>The block that it stands on.</summary>
    Parent,

    /// <summary>The messages from L1 that its slot consumes.</summary>
    Deposits,

    /// <summary>Its flashblocks, which are being executed.</summary>
    Flashblocks,

    /// <summary>Transactions.</summary>
    Bodies,

    /// <summary>Its turn to be executed.</summary>
    Execution,

    /// <summary>Nothing.</summary>
    Done,
}
