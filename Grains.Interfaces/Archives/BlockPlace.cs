using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Interfaces.Archives;

/// <summary>Which chunk has a block.</summary>
/// <param name="BlockHash">Hash of the block.</param>
/// <param name="Number">Its height.</param>
/// <param name="Slot">The chunk's slot.</param>
/// <param name="Index">The chunk's index.</param>
[GenerateSerializer]
[Immutable]
[Alias("BlockPlace")]
public sealed record BlockPlace([property: Id(0)] Hash256 BlockHash, [property: Id(1)] ulong Number, [property: Id(2)] ulong Slot, [property: Id(3)] uint Index);
