using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cloud.Protocol.Crypto;

/// <summary>A BLS public key that has been checked: a point of G1's subgroup that is not infinity. Kept decompressed, so that a committee's keys are checked once.</summary>
/// <remarks>The default value is no key; <see cref="BlsSignatures"/> refuses it.</remarks>
public readonly struct BlsPublicKey : IEquatable<BlsPublicKey>
{
    /// <summary>Length of the compressed encoding in bytes.</summary>
    public const int EncodedLength = 48;

    internal readonly Blst.P1Affine Point;

    internal BlsPublicKey(in Blst.P1Affine point) => Point = point;

    /// <summary>Decodes and checks a compressed key (KeyValidate of the IETF draft on BLS signatures).</summary>
    /// <param name="encoded">48 bytes.</param>
    /// <param name="key">The key, or the default value where it is refused.</param>
    /// <returns><see cref="BlsFault.Length"/> or <see cref="BlsFault.InvalidPublicKey"/>, else none.</returns>
    [SkipLocalsInit]
    public static unsafe BlsFault Decode(ReadOnlySpan<byte> encoded, out BlsPublicKey key)
    {
        key = default;
        if (encoded.Length != EncodedLength)
        {
            return BlsFault.Length;
        }

        Blst.EnsureLoaded();
        Blst.P1Affine point;
        fixed (byte* bytes = encoded)
        {
            if (Blst.P1Uncompress(&point, bytes) != Blst.Success)
            {
                return BlsFault.InvalidPublicKey;
            }
        }

        BlsPublicKey decoded = new(point);
        if (decoded.IsInfinity || Blst.P1InGroup(&point) == 0)
        {
            return BlsFault.InvalidPublicKey;
        }

        key = decoded;
        return BlsFault.None;
    }

    /// <summary>Writes the compressed encoding.</summary>
    /// <param name="destination">At least 48 bytes; the first 48 are written.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public unsafe void Encode(Span<byte> destination)
    {
        if (destination.Length < EncodedLength)
        {
            throw new ArgumentException($"A BLS public key needs {EncodedLength} bytes, got {destination.Length}.", nameof(destination));
        }

        Blst.EnsureLoaded();
        fixed (byte* bytes = destination)
        fixed (Blst.P1Affine* point = &Point)
        {
            Blst.P1Compress(bytes, point);
        }
    }

    /// <inheritdoc/>
    public bool Equals(BlsPublicKey other) => AsSpan(in this).SequenceEqual(AsSpan(in other));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BlsPublicKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(MemoryMarshal.Read<ulong>(AsSpan(in this)), MemoryMarshal.Read<ulong>(AsSpan(in this)[48..]));

    /// <summary>Whether two keys are the same point.</summary>
    public static bool operator ==(BlsPublicKey left, BlsPublicKey right) => left.Equals(right);

    /// <summary>Whether two keys are different points.</summary>
    public static bool operator !=(BlsPublicKey left, BlsPublicKey right) => !left.Equals(right);

    internal bool IsInfinity => !AsSpan(in this).ContainsAnyExcept((byte)0);

    private static ReadOnlySpan<byte> AsSpan(in BlsPublicKey key) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<BlsPublicKey, byte>(ref Unsafe.AsRef(in key)), Unsafe.SizeOf<BlsPublicKey>());
}
