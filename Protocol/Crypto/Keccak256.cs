using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Crypto;

/// <summary>Keccak-256 as Ethereum uses it: rate 136 bytes, the original padding byte 0x01 (not SHA-3's 0x06). No call allocates.</summary>
public static class Keccak256
{
    /// <summary>Length of a digest in bytes.</summary>
    public const int DigestLength = 32;

    /// <summary>How many bytes one permutation takes in.</summary>
    public const int Rate = 136;

    /// <summary>The hash of no bytes: the code hash of an account without code.</summary>
    public static Hash256 OfEmpty { get; } = Hash([]);

    /// <summary>The hash of the one byte 0x80, RLP's empty string: the root of an empty trie.</summary>
    public static Hash256 OfEmptyRlpString { get; } = Hash([0x80]);

    /// <summary>The hash of the one byte 0xC0, RLP's empty list: the hash of an empty list of uncles.</summary>
    public static Hash256 OfEmptyRlpList { get; } = Hash([0xC0]);

    /// <summary>Hashes a message.</summary>
    /// <param name="message">Any length.</param>
    /// <returns>The digest.</returns>
    public static Hash256 Hash(ReadOnlySpan<byte> message)
    {
        Keccak256Hasher hasher = default;
        hasher.Append(message);
        return hasher.Finish();
    }

    /// <summary>Hashes a message into memory of the caller. The destination may overlap the message.</summary>
    /// <param name="message">Any length.</param>
    /// <param name="destination">At least 32 bytes; the first 32 are written.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public static void Hash(ReadOnlySpan<byte> message, Span<byte> destination)
    {
        Keccak256Hasher hasher = default;
        hasher.Append(message);
        hasher.Finish(destination);
    }

    /// <summary>Hashes two messages as if they were one.</summary>
    /// <param name="first">Any length.</param>
    /// <param name="second">Any length.</param>
    /// <returns>The digest of the concatenation.</returns>
    public static Hash256 HashPair(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Keccak256Hasher hasher = default;
        hasher.Append(first);
        hasher.Append(second);
        return hasher.Finish();
    }
}
