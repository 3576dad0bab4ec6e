using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1;

/// <summary>Which events to read.</summary>
/// <param name="Contract">The contract.</param>
/// <param name="From">First block.</param>
/// <param name="To">Last block.</param>
public readonly record struct LogFilter(Address Contract, ulong From, ulong To);
