using System.Buffers.Binary;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Simulator;

/// <summary>Signatures that anybody could forge, for simulations only: who signed stands in them, bound to the digest. A thousand times cheaper than elliptic curves.</summary>
public sealed class SimulatedSignatures : ISignatureScheme
{
    private const int Bound = 32 - Address.Length;

    /// <summary>The scheme.</summary>
    public static SimulatedSignatures Instance { get; } = new();

    /// <summary>Signs a digest.</summary>
    /// <param name="signer">Who signs.</param>
    /// <param name="digest">What.</param>
    /// <returns>A signature that <see cref="TryRecover"/> knows.</returns>
    public static Signature Sign(in Address signer, in Hash256 digest)
    {
        Span<byte> r = stackalloc byte[32];
        signer.CopyTo(r);
        Hash256.AsSpan(in digest)[..Bound].CopyTo(r[Address.Length..]);
        return new Signature(UInt256.FromBigEndian(r), Proof(in digest), 0);
    }

    /// <inheritdoc/>
    public bool TryRecover(in Hash256 digest, in Signature signature, out Address signer)
    {
        Span<byte> r = stackalloc byte[32];
        signature.R.WriteBigEndian(r);
        bool fits = signature.S == Proof(in digest) && r[Address.Length..].SequenceEqual(Hash256.AsSpan(in digest)[..Bound]);
        signer = fits ? new Address(r[..Address.Length]) : default;
        return fits;
    }

    private static UInt256 Proof(in Hash256 digest) => new(BinaryPrimitives.ReadUInt64BigEndian(Hash256.AsSpan(in digest)[Bound..]) | 1);
}
