using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Interfaces.Archives;

/// <summary>The head of one view.</summary>
/// <param name="Number">Its height.</param>
/// <param name="Hash">Hash of the block.</param>
[GenerateSerializer]
[Immutable]
[Alias("TipView")]
public readonly record struct TipView([property: Id(0)] ulong Number, [property: Id(1)] Hash256 Hash);
