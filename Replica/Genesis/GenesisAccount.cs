using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Genesis;

/// <summary>An account that exists from block 0 on.</summary>
/// <param name="Address">The account.</param>
/// <param name="Balance">In wei.</param>
/// <param name="Nonce">Its nonce.</param>
/// <param name="Code">Its code; empty for none.</param>
/// <param name="Storage">Its slots; zero values are left out of the state.</param>
public sealed record GenesisAccount(Address Address, UInt256 Balance, ulong Nonce = 0, Bytes Code = default, ImmutableDictionary<UInt256, UInt256>? Storage = null);
