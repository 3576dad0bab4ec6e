using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>An account without its storage: what execution reads and writes (yellow paper section 4.1, less the storage root, which the trie derives).</summary>
/// <param name="Nonce">Transactions sent, or contracts created (EIP-2681 bounds it to 2^64 - 2).</param>
/// <param name="Balance">In wei.</param>
/// <param name="CodeHash">Keccak-256 of the code; the hash of the empty string for an account without code.</param>
public readonly record struct Account(ulong Nonce, UInt256 Balance, Hash256 CodeHash);
