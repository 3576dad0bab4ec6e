using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1;

/// <summary>A call that is simulated.</summary>
/// <param name="To">The contract.</param>
/// <param name="Data">Selector and arguments.</param>
/// <param name="From">The caller; the zero address by default.</param>
/// <param name="Value">Wei sent along.</param>
/// <param name="BlobHashes">Versioned hashes that BLOBHASH gives; none by default.</param>
public sealed record L1Call(Address To, Bytes Data, Address From = default, UInt256 Value = default, ImmutableArray<Hash256> BlobHashes = default);
