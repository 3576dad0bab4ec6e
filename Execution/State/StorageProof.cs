using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>Proof of one slot.</summary>
/// <param name="Key">The slot, before hashing.</param>
/// <param name="Value">Its value; zero where nothing is stored, which is proven, too.</param>
/// <param name="Nodes">RLP of the nodes from the storage root down.</param>
public sealed record StorageProof(UInt256 Key, UInt256 Value, ImmutableArray<Bytes> Nodes);
