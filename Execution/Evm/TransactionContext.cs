using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <summary>What the EVM sees of the transaction that it runs.</summary>
/// <param name="Origin">The sender.</param>
/// <param name="GasPrice">Wei per gas that the sender pays.</param>
/// <param name="BlobHashes">Versioned hashes of its blobs (EIP-4844).</param>
public readonly record struct TransactionContext(Address Origin, UInt256 GasPrice, ImmutableArray<Hash256> BlobHashes);
