using Cloud.Protocol.Messages;

namespace Cloud.Protocol.Attesting;

/// <summary>What follows from a verdict: the one place that says who is to blame (building-in-chunks 3.3).</summary>
public static class VerdictTable
{
    /// <summary>Whose fault a verdict is.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <returns>Only <see cref="Blame.Proposer"/> is an offence.</returns>
    public static Blame BlameOf(ChunkVerdict verdict) => verdict switch
    {
        ChunkVerdict.Valid => Blame.None,
        ChunkVerdict.WrongLink or ChunkVerdict.InHashMismatch => Blame.Refused,
        ChunkVerdict.StateMismatch or ChunkVerdict.InvalidTransaction or ChunkVerdict.LimitExceeded => Blame.Proposer,
        _ => Blame.Unknown,
    };

    /// <summary>The claim that goes into evidence.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <returns>Null where the verdict is no offence.</returns>
    public static ReexecutionFault? FaultOf(ChunkVerdict verdict) => verdict switch
    {
        ChunkVerdict.StateMismatch => ReexecutionFault.BlockMismatch,
        ChunkVerdict.InvalidTransaction => ReexecutionFault.InvalidTransaction,
        ChunkVerdict.LimitExceeded => ReexecutionFault.LimitExceeded,
        _ => null,
    };

    /// <summary>Whether the same chunk may be checked again later with another result.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <returns>True for what this node lacks.</returns>
    public static bool IsRetryable(ChunkVerdict verdict) => BlameOf(verdict) == Blame.Unknown && verdict != ChunkVerdict.NumberTaken;
}
