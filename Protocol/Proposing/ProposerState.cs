namespace Cloud.Protocol.Proposing;

/// <summary>What a proposer waits for.</summary>
public enum ProposerState
{
    /// <summary>The slot's frame, and the block to build on.</summary>
    Starting,

    /// <summary>The next window, or enough transactions.</summary>
    Waiting,

    /// <summary>The builder.</summary>
    Building,

    /// <summary>The signature of a chunk.</summary>
    SigningChunk,

    /// <summary>The journal, for a chunk.</summary>
    StoringChunk,

    /// <summary>The signature of the checkpoint.</summary>
    SigningCheckpoint,

    /// <summary>The journal, for the checkpoint.</summary>
    StoringCheckpoint,

    /// <summary>A quorum, and the parent on L1.</summary>
    Collecting,

    /// <summary>Nothing: publication was requested.</summary>
    Done,

    /// <summary>Nothing: the slot was given up.</summary>
    Abandoned,
}
