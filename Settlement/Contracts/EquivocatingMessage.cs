using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Contracts;

/// <summary>One of two contradictory messages.</summary>
/// <param name="PayloadHash">What it says.</param>
/// <param name="Signature">The validator's signature.</param>
/// <param name="BlobsHash">Of publications; zero for others.</param>
public sealed record EquivocatingMessage(Hash256 PayloadHash, CompactSignature Signature, Hash256 BlobsHash = default);
