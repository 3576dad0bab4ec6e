using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Blocks;

/// <summary>Hashes of empty things.</summary>
public static class KnownHashes
{
    /// <summary>Keccak-256 of the empty string: the code hash of an account without code.</summary>
    public static Hash256 EmptyCode { get; } = Hash256.Parse("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");

    /// <summary>Root of the trie without entries: keccak256(rlp("")).</summary>
    public static Hash256 EmptyTrieRoot { get; } = Hash256.Parse("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");

    /// <summary>Hash of no ommers: keccak256(rlp([])).</summary>
    public static Hash256 EmptyOmmers { get; } = Hash256.Parse("0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");

    /// <summary>Hash of no execution requests: sha256("") (EIP-7685).</summary>
    public static Hash256 EmptyRequests { get; } = Hash256.Parse("0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
