using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>Proof of an account and of some of its slots (EIP-1186, what eth_getProof returns).</summary>
/// <param name="Address">Which account.</param>
/// <param name="Account">The account; null where it is proven that there is none.</param>
/// <param name="StorageRoot">Root of its storage.</param>
/// <param name="Nodes">RLP of the nodes from the state root down.</param>
/// <param name="Storage">A proof for each slot asked for, in their order.</param>
public sealed record AccountProof(Address Address, Account? Account, Hash256 StorageRoot, ImmutableArray<Bytes> Nodes, ImmutableArray<StorageProof> Storage);
