using Cloud.Protocol.Attesting;

namespace Cloud.Replica.Chain;

/// <summary>What <see cref="ChainTips"/> does with an input.</summary>
public abstract record ChainOutcome
{
    private ChainOutcome()
    {
    }

    /// <summary>It was taken.</summary>
    public sealed record Accepted : ChainOutcome
    {
        internal static readonly Accepted Instance = new();
    }

    /// <summary>It has no effect, and nothing is wrong.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Ignored(ChainIgnoreReason Reason) : ChainOutcome;

    /// <summary>The chunk cannot stand where it wants to.</summary>
    /// <param name="Fault">Which rule.</param>
    public sealed record WrongLink(ChunkLinkFault Fault) : ChainOutcome;

    /// <summary>The block that the chunk stands on is not here: execute that first.</summary>
    public sealed record ParentUnknown : ChainOutcome
    {
        internal static readonly ParentUnknown Instance = new();
    }

    /// <summary>It cannot be true together with what is on L1.</summary>
    public sealed record ContradictsL1 : ChainOutcome
    {
        internal static readonly ContradictsL1 Instance = new();
    }

    /// <summary>A bound is reached.</summary>
    /// <param name="Limit">Name of the option.</param>
    public sealed record LimitReached(string Limit) : ChainOutcome;
}
