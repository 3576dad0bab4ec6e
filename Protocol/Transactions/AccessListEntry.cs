using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Transactions;

/// <summary>An account, and slots of it, that a transaction pays to access ahead of time (EIP-2930).</summary>
/// <param name="Address">The account.</param>
/// <param name="StorageKeys">Slots before hashing. Duplicates are allowed and paid for.</param>
public readonly record struct AccessListEntry(Address Address, ImmutableArray<Hash256> StorageKeys);
