using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Contracts;

/// <summary>A signature in 64 bytes: r, then s with the y parity in its top bit (EIP-2098). Holds any 64 bytes; whether they are a signature is another question.</summary>
/// <param name="R">r.</param>
/// <param name="Vs">y parity and s.</param>
public readonly record struct CompactSignature(Hash256 R, Hash256 Vs)
{
    /// <summary>Length of the encoding in bytes.</summary>
    public const int Length = 64;

    private static readonly UInt256 TopBit = UInt256.One << 255;

    /// <summary>Shortens a signature.</summary>
    /// <param name="signature">With a low s, which leaves the top bit free.</param>
    /// <returns>The compact form.</returns>
    public static CompactSignature From(in Signature signature)
    {
        Span<byte> bytes = stackalloc byte[Length];
        signature.R.WriteBigEndian(bytes);
        (signature.YParity == 0 ? signature.S : signature.S | TopBit).WriteBigEndian(bytes[Hash256.Length..]);
        return Read(bytes);
    }

    /// <summary>Reads 64 bytes.</summary>
    /// <param name="bytes">At least 64 bytes.</param>
    /// <returns>The compact form.</returns>
    public static CompactSignature Read(ReadOnlySpan<byte> bytes) => new(new Hash256(bytes[..Hash256.Length]), new Hash256(bytes[Hash256.Length..Length]));

    /// <summary>Writes 64 bytes.</summary>
    /// <param name="destination">At least 64 bytes.</param>
    public void CopyTo(Span<byte> destination)
    {
        R.CopyTo(destination);
        Vs.CopyTo(destination[Hash256.Length..]);
    }

    /// <summary>The signature.</summary>
    /// <returns>Its parts; not checked.</returns>
    public Signature Expand()
    {
        UInt256 r = UInt256.FromBigEndian(R.ToArray());
        UInt256 vs = UInt256.FromBigEndian(Vs.ToArray());
        return new Signature(r, vs & ~TopBit, (vs & TopBit).IsZero ? (byte)0 : (byte)1);
    }
}
