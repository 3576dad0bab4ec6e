using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Blocks;

/// <summary>Hashes of empty things.</summary>
public static class KnownHashes
{
    /// <summary>Keccak-256 of the empty string: the code hash of an account without code.</summary>
    public static Hash256 EmptyCode { get; } = Keccak256.OfEmpty;

    /// <summary>Root of the trie without entries: keccak256(rlp("")).</summary>
    public static Hash256 EmptyTrieRoot { get; } = Keccak256.OfEmptyRlpString;

    /// <summary>Hash of no ommers: keccak256(rlp([])).</summary>
    public static Hash256 EmptyOmmers { get; } = Keccak256.OfEmptyRlpList;

    /// <summary>Hash of no execution requests: sha256("") (EIP-7685).</summary>
    public static Hash256 EmptyRequests { get; } = Hash256.Parse("0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
