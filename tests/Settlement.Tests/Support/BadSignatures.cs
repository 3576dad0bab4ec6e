using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;

namespace Cloud.Settlement.Tests.Support;

/// <summary>Signatures that a strict reader must refuse.</summary>
internal static class BadSignatures
{
    /// <summary>The other form of the same signature. Not every high s fits the compact form, so callers need one below 2^255; where it does not fit, the signed bit is kept.</summary>
    public static Signature HighS(Signature low)
    {
        UInt256 high = Secp256k1.Order - low.S;
        return high.BitLength > 255
            ? low with { S = Secp256k1.HalfOrder + UInt256.One }
            : low with { S = high, YParity = (byte)(1 - low.YParity) };
    }

    /// <summary>An r that is on no point: found by trying.</summary>
    public static CompactSignature Unrecoverable(Hash256 digest)
    {
        for (ulong r = 1; ; r++)
        {
            Signature candidate = new(r, UInt256.One, 0);
            if (!Secp256k1.TryRecover(digest, candidate, out _))
            {
                return CompactSignature.From(candidate);
            }
        }
    }
}
