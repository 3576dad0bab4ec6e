using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1;

/// <summary>What a transaction of L1 carries.</summary>
/// <param name="Hash">Its hash.</param>
/// <param name="Input">Its calldata.</param>
/// <param name="BlobHashes">Versioned hashes of its blobs; none without.</param>
public sealed record L1TransactionData(Hash256 Hash, Bytes Input, ImmutableArray<Hash256> BlobHashes);
