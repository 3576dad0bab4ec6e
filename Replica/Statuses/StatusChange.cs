using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;

namespace Cloud.Replica.Statuses;

/// <summary>A transaction's new status.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Status">Where it is now.</param>
/// <param name="Broken">Why a promise does not hold, with what shows it; null where none was broken. Never null where the status went back.</param>
/// <param name="At">When.</param>
public readonly record struct StatusChange(Hash256 Transaction, TransactionStatus Status, BreakReason? Broken, DateTimeOffset At);
