using System.Collections.Concurrent;
using System.Collections.Immutable;
using Cloud.Grains.Signing;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Tests.Pipeline;

/// <summary>Validators' keys that remember what they were used for, over all silos and their lives.</summary>
internal sealed class RecordingKeys(IValidatorKeys keys) : IValidatorKeys
{
    private readonly ConcurrentDictionary<(Address Validator, Duty Duty), Hash256> _signed = new();
    private readonly ConcurrentQueue<string> _double = new();

    public ImmutableArray<Address> Validators => keys.Validators;

    /// <summary>Positions at which a key has signed two things.</summary>
    internal IReadOnlyCollection<string> Double => _double;

    /// <summary>How many positions were signed.</summary>
    internal int Count => _signed.Count;

    public IValidatorSigner? Find(Address validator) => keys.Find(validator) is { } signer ? new Signer(this, signer) : null;

    private sealed class Signer(RecordingKeys keys, IValidatorSigner signer) : IValidatorSigner
    {
        public Address Address => signer.Address;

        public ValueTask<Signature> SignAsync(Duty duty, Hash256 digest, CancellationToken cancellationToken = default)
        {
            Hash256 first = keys._signed.GetOrAdd((Address, duty), digest);
            if (first != digest)
            {
                keys._double.Enqueue($"{Address} {duty}: {first} and {digest}");
            }

            return signer.SignAsync(duty, digest, cancellationToken);
        }
    }
}
