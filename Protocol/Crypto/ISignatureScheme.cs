using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Crypto;

/// <summary>How a signature tells who made it. A simulation puts a cheap scheme in the place of secp256k1; a later rollup can have another one.</summary>
public interface ISignatureScheme
{
    /// <summary>Who signed a digest.</summary>
    /// <param name="digest">The digest.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="signer">The signer, or zero where the result is false.</param>
    /// <returns>False where the signature is not well-formed or no key fits it.</returns>
    bool TryRecover(in Hash256 digest, in Signature signature, out Address signer);
}
