namespace Cloud.Execution.Building;

/// <summary>Why a builder has stopped taking transactions.</summary>
public enum FillOutcome
{
    /// <summary>The pool has nothing that fits for now; more may arrive before the flashblock closes.</summary>
    Idle,

    /// <summary>The flashblock's share of the chunk is used up; it closes at its time.</summary>
    ShareUsed,

    /// <summary>The flashblock's time has come: close it.</summary>
    TimeUp,

    /// <summary>The chunk is full, or its seal was asked for: close it now, as the last flashblock.</summary>
    ChunkFull,
}
