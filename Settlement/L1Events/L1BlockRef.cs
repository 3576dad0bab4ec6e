using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1Events;

/// <summary>An L1 block.</summary>
/// <param name="Number">Height.</param>
/// <param name="Hash">Its hash.</param>
public readonly record struct L1BlockRef(ulong Number, Hash256 Hash);
