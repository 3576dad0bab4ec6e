using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Crypto;

/// <summary>A recoverable ECDSA signature over secp256k1.</summary>
/// <remarks>The constructor takes any values, as the ECRECOVER precompile does; <see cref="Check"/> says whether they are well-formed.</remarks>
/// <param name="R">The x coordinate of the nonce point, modulo the group order.</param>
/// <param name="S">The proof; well-formed ones are at most half the group order (EIP-2).</param>
/// <param name="YParity">The parity of the nonce point's y coordinate, 0 or 1.</param>
public readonly record struct Signature(UInt256 R, UInt256 S, byte YParity)
{
    /// <summary>Length of the encoding r || s || v in bytes.</summary>
    public const int EncodedLength = 65;

    /// <summary>What v is for y parity 0 in the strict encoding.</summary>
    public const byte RecoveryIdBase = 27;

    /// <summary>Decodes r || s || v, where v is 0, 1, 27 or 28. High s is refused.</summary>
    /// <param name="encoded">65 bytes.</param>
    /// <param name="signature">The signature, or the default value where it is refused.</param>
    /// <returns>What is wrong, or <see cref="SignatureFault.None"/>.</returns>
    public static SignatureFault Decode(ReadOnlySpan<byte> encoded, out Signature signature) => Decode(encoded, strict: false, out signature);

    /// <summary>Decodes r || s || v, where v is 27 or 28. High s is refused.</summary>
    /// <param name="encoded">65 bytes.</param>
    /// <param name="signature">The signature, or the default value where it is refused.</param>
    /// <returns>What is wrong, or <see cref="SignatureFault.None"/>.</returns>
    public static SignatureFault DecodeStrict(ReadOnlySpan<byte> encoded, out Signature signature) => Decode(encoded, strict: true, out signature);

    /// <summary>Checks 0 &lt; r &lt; n, 0 &lt; s &lt;= n/2 (EIP-2) and the y parity.</summary>
    /// <returns>What is wrong, or <see cref="SignatureFault.None"/>.</returns>
    public SignatureFault Check()
    {
        SignatureFault fault = CheckRange();
        return fault == SignatureFault.None && S > Secp256k1.HalfOrder ? SignatureFault.HighS : fault;
    }

    /// <summary>Checks 0 &lt; r &lt; n, 0 &lt; s &lt; n and the y parity, as the ECRECOVER precompile does.</summary>
    /// <returns>What is wrong, or <see cref="SignatureFault.None"/>.</returns>
    public SignatureFault CheckRange() =>
        YParity > 1 ? SignatureFault.RecoveryId
        : R.IsZero || R >= Secp256k1.Order ? SignatureFault.ROutOfRange
        : S.IsZero || S >= Secp256k1.Order ? SignatureFault.SOutOfRange
        : SignatureFault.None;

    /// <summary>Writes r || s || v with v = 27 + y parity.</summary>
    /// <param name="destination">At least 65 bytes; the first 65 are written.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void Encode(Span<byte> destination)
    {
        if (destination.Length < EncodedLength)
        {
            throw new ArgumentException($"A signature needs {EncodedLength} bytes, got {destination.Length}.", nameof(destination));
        }

        R.WriteBigEndian(destination);
        S.WriteBigEndian(destination[32..]);
        destination[64] = (byte)(RecoveryIdBase + YParity);
    }

    /// <summary>The encoding r || s || v with v = 27 + y parity.</summary>
    /// <returns>65 bytes.</returns>
    public byte[] ToArray()
    {
        byte[] encoded = new byte[EncodedLength];
        Encode(encoded);
        return encoded;
    }

    private static SignatureFault Decode(ReadOnlySpan<byte> encoded, bool strict, out Signature signature)
    {
        signature = default;
        if (encoded.Length != EncodedLength)
        {
            return SignatureFault.Length;
        }

        byte v = encoded[64];
        byte yParity;
        if (v is RecoveryIdBase or RecoveryIdBase + 1)
        {
            yParity = (byte)(v - RecoveryIdBase);
        }
        else if (v <= 1 && !strict)
        {
            yParity = v;
        }
        else
        {
            return SignatureFault.RecoveryId;
        }

        Signature decoded = new(UInt256.FromBigEndian(encoded[..32]), UInt256.FromBigEndian(encoded[32..64]), yParity);
        SignatureFault fault = decoded.Check();
        if (fault == SignatureFault.None)
        {
            signature = decoded;
        }

        return fault;
    }
}
