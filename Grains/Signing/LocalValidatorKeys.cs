using System.Collections.Frozen;
using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Signing;

/// <summary>Validator keys in this process's memory.</summary>
public sealed class LocalValidatorKeys : IValidatorKeys
{
    private readonly FrozenDictionary<Address, IValidatorSigner> _signers;

    /// <summary>Takes signers.</summary>
    /// <param name="signers">One for each validator.</param>
    public LocalValidatorKeys(IEnumerable<IValidatorSigner> signers)
    {
        ArgumentNullException.ThrowIfNull(signers);
        ImmutableArray<IValidatorSigner> all = [.. signers];
        Validators = [.. all.Select(signer => signer.Address)];
        _signers = all.ToFrozenDictionary(signer => signer.Address);
    }

    /// <inheritdoc/>
    public ImmutableArray<Address> Validators { get; }

    /// <summary>Takes private keys.</summary>
    /// <param name="privateKeys">32 bytes each; copied.</param>
    /// <returns>The keys.</returns>
    /// <exception cref="ArgumentException">One of them is no private key.</exception>
    public static LocalValidatorKeys Of(IEnumerable<byte[]> privateKeys)
    {
        ArgumentNullException.ThrowIfNull(privateKeys);
        return new LocalValidatorKeys(privateKeys.Select(key => Secp256k1.TryGetAddress(key, out Address address)
            ? new LocalKey([.. key], address)
            : throw new ArgumentException("A private key is 32 bytes, above zero and below the group order.", nameof(privateKeys))));
    }

    /// <inheritdoc/>
    public IValidatorSigner? Find(Address validator) => _signers.GetValueOrDefault(validator);

    private sealed class LocalKey(byte[] key, Address address) : IValidatorSigner
    {
        public Address Address => address;

        public ValueTask<Signature> SignAsync(Duty duty, Hash256 digest, CancellationToken cancellationToken = default) => new(Secp256k1.Sign(key, digest));
    }
}
