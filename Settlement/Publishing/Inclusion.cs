using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>Where a transaction was mined.</summary>
/// <param name="BlockNumber">Height of the block.</param>
/// <param name="BlockHash">Hash of the block: the same height with another hash is another inclusion.</param>
/// <param name="Succeeded">False where the contract reverted.</param>
public sealed record Inclusion(ulong BlockNumber, Hash256 BlockHash, bool Succeeded);
