using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Blocks;

/// <summary>The 2048-bit filter over logs' addresses and topics (yellow paper section 4.3.1). Immutable.</summary>
public sealed class Bloom : IEquatable<Bloom>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 256;

    private readonly byte[] _bits;

    private Bloom(byte[] bits) => _bits = bits;

    /// <summary>The filter that holds nothing.</summary>
    public static Bloom Empty { get; } = new(new byte[Length]);

    /// <summary>The bits, in wire byte order.</summary>
    public ReadOnlySpan<byte> Span => _bits;

    /// <summary>Copies exactly 256 bytes.</summary>
    /// <param name="bytes">The filter in wire byte order.</param>
    /// <returns>The filter.</returns>
    /// <exception cref="ArgumentException">The span is not 256 bytes long.</exception>
    public static Bloom FromBytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Length ? new Bloom(bytes.ToArray()) : throw new ArgumentException($"A bloom has {Length} bytes, got {bytes.Length}.", nameof(bytes));

    /// <summary>The filter of some logs.</summary>
    /// <param name="logs">Any number.</param>
    /// <returns>The filter.</returns>
    public static Bloom Of(ReadOnlySpan<Log> logs)
    {
        if (logs.Length == 0)
        {
            return Empty;
        }

        byte[] bits = new byte[Length];
        for (int i = 0; i < logs.Length; i++)
        {
            Log log = logs[i];
            Address address = log.Address;
            Set(bits, Address.AsSpan(in address));
            foreach (Hash256 topic in log.Topics)
            {
                Set(bits, Hash256.AsSpan(in topic));
            }
        }

        return new Bloom(bits);
    }

    /// <summary>The filter of a whole block: what is in any of its receipts' filters.</summary>
    /// <param name="receipts">The block's receipts.</param>
    /// <returns>The filter.</returns>
    public static Bloom Of(IReadOnlyList<Receipt> receipts)
    {
        byte[]? bits = null;
        for (int i = 0; i < receipts.Count; i++)
        {
            Bloom bloom = receipts[i].Bloom;
            if (!ReferenceEquals(bloom, Empty))
            {
                bits ??= new byte[Length];
                for (int b = 0; b < Length; b++)
                {
                    bits[b] |= bloom._bits[b];
                }
            }
        }

        return bits is null ? Empty : new Bloom(bits);
    }

    /// <summary>Whether something may be in the filter.</summary>
    /// <param name="entry">An address or a topic.</param>
    /// <returns>False where it certainly is not.</returns>
    public bool MayContain(ReadOnlySpan<byte> entry)
    {
        Hash256 hash = Keccak256.Hash(entry);
        ReadOnlySpan<byte> bytes = Hash256.AsSpan(in hash);
        for (int i = 0; i < 6; i += 2)
        {
            int bit = ((bytes[i] << 8) | bytes[i + 1]) & 2047;
            if ((_bits[Length - 1 - (bit >> 3)] & (1 << (bit & 7))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public bool Equals(Bloom? other) => other is not null && Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Bloom);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(_bits);
        return hash.ToHashCode();
    }

    /// <summary>Lower-case hex with the 0x prefix.</summary>
    /// <returns>514 characters.</returns>
    public override string ToString() => Hex.Encode(_bits);

    private static void Set(byte[] bits, ReadOnlySpan<byte> entry)
    {
        Hash256 hash = Keccak256.Hash(entry);
        ReadOnlySpan<byte> bytes = Hash256.AsSpan(in hash);
        for (int i = 0; i < 6; i += 2)
        {
            int bit = ((bytes[i] << 8) | bytes[i + 1]) & 2047;
            bits[Length - 1 - (bit >> 3)] |= (byte)(1 << (bit & 7));
        }
    }
}
