using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Signing;

/// <summary>A validator's key. Only the signing ledger calls it.</summary>
public interface IValidatorSigner
{
    /// <summary>The key's address.</summary>
    Address Address { get; }

    /// <summary>Signs a digest.</summary>
    /// <param name="duty">What it is a digest of, for a signer that keeps records of its own.</param>
    /// <param name="digest">The digest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The signature.</returns>
    ValueTask<Signature> SignAsync(Duty duty, Hash256 digest, CancellationToken cancellationToken = default);
}
