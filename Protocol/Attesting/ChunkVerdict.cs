namespace Cloud.Protocol.Attesting;

/// <summary>What checking and re-executing a chunk gives (building-in-chunks 3.3).</summary>
public enum ChunkVerdict
{
    /// <summary>Re-execution gave the block that the header names.</summary>
    Valid,

    /// <summary>The block that it stands on did not come in time.</summary>
    ParentNotFound,

    /// <summary>Its place in the chain is wrong, see <see cref="ChunkLinkFault"/>.</summary>
    WrongLink,

    /// <summary>A block with its number is on L1 already.</summary>
    NumberTaken,

    /// <summary>Transactions could not be had.</summary>
    TransactionsMissing,

    /// <summary>Time ran out.</summary>
    TimedOut,

    /// <summary>The state that this node has for the parent is not the one that the parent's header names.</summary>
    InitialStateMismatch,

    /// <summary>Other messages from L1 than this node knows.</summary>
    InHashMismatch,

    /// <summary>Re-execution gave another block.</summary>
    StateMismatch,

    /// <summary>A transaction cannot be in a block.</summary>
    InvalidTransaction,

    /// <summary>It exceeds a limit.</summary>
    LimitExceeded,

    /// <summary>Something else failed here.</summary>
    InternalError,
}
