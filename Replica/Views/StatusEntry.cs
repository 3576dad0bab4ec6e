using Cloud.Replica.Chain;
using Cloud.Replica.Statuses;

namespace Cloud.Replica.Views;

/// <summary>A rung that a transaction reached, or to which it fell back.</summary>
/// <param name="Status">The status.</param>
/// <param name="At">Since when.</param>
/// <param name="Broken">Why a promise did not hold; null where none was broken.</param>
public readonly record struct StatusEntry(TransactionStatus Status, DateTimeOffset At, BreakReason? Broken);
