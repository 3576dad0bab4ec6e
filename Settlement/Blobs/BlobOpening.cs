using System.Numerics;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Blobs;

/// <summary>Proves a single field element of a blob against its commitment, for a contract that checks it with the point evaluation precompile (EIP-4844).</summary>
public static class BlobOpening
{
    private static readonly BigInteger Modulus = new(Kzg.FieldModulus, isUnsigned: true, isBigEndian: true);

    /// <summary>A generator of the domain of 4096 points on which a blob is a polynomial in evaluation form: 7 is a generator of the whole field.</summary>
    private static readonly BigInteger RootOfUnity = BigInteger.ModPow(7, (Modulus - 1) / Kzg.FieldElementsPerBlob, Modulus);

    /// <summary>The point at which the polynomial has the value of a field element. The domain stands in bit-reversed order.</summary>
    /// <param name="element">0 to 4095.</param>
    /// <returns>32 bytes, big-endian.</returns>
    public static Hash256 PointOf(int element)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(element);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(element, Kzg.FieldElementsPerBlob);
        int reversed = 0;
        for (int bit = 1; bit < Kzg.FieldElementsPerBlob; bit <<= 1, element >>= 1)
        {
            reversed = (reversed << 1) | (element & 1);
        }

        Span<byte> point = stackalloc byte[Hash256.Length];
        ((UInt256)BigInteger.ModPow(RootOfUnity, reversed, Modulus)).WriteBigEndian(point);
        return new Hash256(point);
    }

    /// <summary>A field element with its proof.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="element">0 to 4095.</param>
    /// <returns>The 32 bytes at its place, and 48 bytes of proof.</returns>
    /// <exception cref="ArgumentException">The bytes are no blob.</exception>
    public static (Hash256 Value, Bytes Proof) Open(ReadOnlySpan<byte> blob, int element)
    {
        Hash256 point = PointOf(element);
        byte[] proof = new byte[Kzg.ProofLength];
        Span<byte> value = stackalloc byte[Kzg.FieldElementLength];
        KzgFault fault = Kzg.ProvePoint(blob, Hash256.AsSpan(in point), proof, value);
        return fault == KzgFault.None ? (new Hash256(value), proof) : throw new ArgumentException($"The bytes are no blob: {fault}.", nameof(blob));
    }
}
