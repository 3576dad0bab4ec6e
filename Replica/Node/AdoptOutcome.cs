using Cloud.Replica.Chain;

namespace Cloud.Replica.Node;

/// <summary>What taking over an own chunk gives.</summary>
public abstract record AdoptOutcome
{
    private AdoptOutcome()
    {
    }

    /// <summary>It is in the chain here, and durable: it may go out.</summary>
    public sealed record Adopted : AdoptOutcome
    {
        internal static readonly Adopted Instance = new();
    }

    /// <summary>The chain does not take it.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Refused(ChainOutcome Reason) : AdoptOutcome;

    /// <summary>No chunk with this header was built here.</summary>
    public sealed record NotBuiltHere : AdoptOutcome
    {
        internal static readonly NotBuiltHere Instance = new();
    }

    /// <summary>It is not durable, so it must not go out.</summary>
    /// <param name="Message">Why.</param>
    public sealed record StorageFailed(string Message) : AdoptOutcome;
}
