using Cloud.Replica.Views;

namespace Cloud.Gateway.Events;

/// <summary>How a wait for a transaction ended: it is in a block, or it was dropped.</summary>
/// <param name="Found">Where it is; null where it was dropped.</param>
/// <param name="Dropped">Why it was dropped; null where it was not.</param>
internal readonly record struct WaitOutcome(TransactionView? Found, string? Dropped);
