using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Pool;

/// <summary>A transaction's new status.</summary>
/// <param name="Hash">The transaction.</param>
/// <param name="Sender">Who sent it.</param>
/// <param name="Status">Where it is now.</param>
public readonly record struct PoolChange(Hash256 Hash, Address Sender, PoolStatus Status);
