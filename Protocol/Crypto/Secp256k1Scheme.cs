using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Crypto;

/// <summary>ECDSA over secp256k1, with low s.</summary>
public sealed class Secp256k1Scheme : ISignatureScheme
{
    /// <summary>The scheme.</summary>
    public static Secp256k1Scheme Instance { get; } = new();

    private Secp256k1Scheme()
    {
    }

    /// <inheritdoc/>
    public bool TryRecover(in Hash256 digest, in Signature signature, out Address signer) => Secp256k1.TryRecover(digest, signature, out signer);
}
