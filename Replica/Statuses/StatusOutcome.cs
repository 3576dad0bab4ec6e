namespace Cloud.Replica.Statuses;

/// <summary>What <see cref="TransactionStatuses"/> does with an input about one transaction.</summary>
public abstract record StatusOutcome
{
    private StatusOutcome()
    {
    }

    /// <summary>It was taken.</summary>
    public sealed record Accepted : StatusOutcome
    {
        internal static readonly Accepted Instance = new();
    }

    /// <summary>The transaction has a status that this does not change.</summary>
    /// <param name="Status">The status.</param>
    public sealed record Unchanged(TransactionStatus Status) : StatusOutcome;

    /// <summary>The transaction is not known.</summary>
    public sealed record Unknown : StatusOutcome
    {
        internal static readonly Unknown Instance = new();
    }

    /// <summary>A bound is reached.</summary>
    /// <param name="Limit">Name of the option.</param>
    public sealed record LimitReached(string Limit) : StatusOutcome;
}
