using System.Security.Cryptography;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Crypto;

/// <summary>ECDSA verification over secp256r1 (P-256), as the precompile of EIP-7951 does it, through the framework. Thread-safe.</summary>
/// <remarks>The framework's key objects make this the one operation here that allocates: about 2 KiB a call.</remarks>
public static class Secp256r1
{
    /// <summary>Length of the precompile's input in bytes: digest || r || s || x || y.</summary>
    public const int InputLength = 160;

    /// <summary>The modulus of the base field (SEC 2, section 2.4.2).</summary>
    public static UInt256 FieldModulus { get; } = new(0xFFFFFFFFFFFFFFFF, 0x00000000FFFFFFFF, 0x0000000000000000, 0xFFFFFFFF00000001);

    /// <summary>The group order n.</summary>
    public static UInt256 Order { get; } = new(0xF3B9CAC2FC632551, 0xBCE6FAADA7179E84, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF00000000);

    /// <summary>Verifies a signature. High s is allowed.</summary>
    /// <param name="input">160 bytes: digest || r || s || x || y, each a number of 32 bytes.</param>
    /// <returns>
    /// False where the length is another, r or s is not from 1 to n - 1, the key is not a point of the curve with coordinates below the field's modulus, or the
    /// signature is not that of the key.
    /// </returns>
    public static bool Verify(ReadOnlySpan<byte> input)
    {
        if (input.Length != InputLength)
        {
            return false;
        }

        UInt256 r = UInt256.FromBigEndian(input.Slice(32, 32));
        UInt256 s = UInt256.FromBigEndian(input.Slice(64, 32));
        UInt256 x = UInt256.FromBigEndian(input.Slice(96, 32));
        UInt256 y = UInt256.FromBigEndian(input.Slice(128, 32));
        if (r.IsZero || r >= Order || s.IsZero || s >= Order || x >= FieldModulus || y >= FieldModulus || (x.IsZero && y.IsZero))
        {
            return false;
        }

        ECParameters parameters = new()
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = input.Slice(96, 32).ToArray(), Y = input.Slice(128, 32).ToArray() },
        };
        try
        {
            using ECDsa key = ECDsa.Create(parameters);
            return key.VerifyHash(input[..32], input.Slice(32, 64), DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            // The framework's way to say that the point is not on the curve.
            return false;
        }
    }
}
