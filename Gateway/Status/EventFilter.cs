using System.Collections.Frozen;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Status;

/// <summary>Which events a reader wants.</summary>
/// <param name="Types">Names; null for all but transactions.</param>
/// <param name="Transactions">Hashes whose transaction events are wanted; null for none named.</param>
internal sealed record EventFilter(FrozenSet<string>? Types, FrozenSet<Hash256>? Transactions)
{
    /// <summary>Whether transaction events are wanted at all.</summary>
    public bool WantsTransactions => Transactions is not null || Types?.Contains(EventNames.Transaction) == true;

    /// <summary>Whether an event is wanted.</summary>
    /// <param name="logged">The event.</param>
    /// <returns>True for control events too.</returns>
    public bool Wants(LoggedEvent logged) =>
        logged.Sequence is null
        || (logged.Transaction is { } transaction ? Transactions?.Contains(transaction) ?? Types?.Contains(EventNames.Transaction) == true : Types?.Contains(logged.Name) ?? true);
}
