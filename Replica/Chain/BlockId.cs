using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Chain;

/// <summary>A block of the rollup's chain.</summary>
/// <param name="Number">Height.</param>
/// <param name="Hash">Its hash.</param>
public readonly record struct BlockId(ulong Number, Hash256 Hash);
