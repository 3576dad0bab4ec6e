using System.Collections.Immutable;
using Cloud.Grains.Signing;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Simulator;

/// <summary>Validator keys whose every signature is reported before it leaves.</summary>
internal sealed class SimulatedKeys : IValidatorKeys
{
    private readonly Dictionary<Address, IValidatorSigner> _signers;
    private readonly Func<TimeSpan, Task> _delay;

    internal SimulatedKeys(ImmutableArray<Address> validators, Func<TimeSpan, Task> delay, Action<Address, Duty, Hash256> signed)
    {
        _delay = delay;
        Validators = validators;
        _signers = validators.ToDictionary(validator => validator, IValidatorSigner (validator) => new Signer(this, validator, signed));
    }

    public ImmutableArray<Address> Validators { get; }

    internal Func<Address, Duty, bool>? Refuse { get; set; }

    internal Func<Address, Address>? Impersonate { get; set; }

    internal Func<Duty, TimeSpan>? SignsAfter { get; set; }

    public IValidatorSigner? Find(Address validator) => _signers.GetValueOrDefault(validator);

    private sealed class Signer(SimulatedKeys keys, Address address, Action<Address, Duty, Hash256> signed) : IValidatorSigner
    {
        public Address Address => address;

        public async ValueTask<Signature> SignAsync(Duty duty, Hash256 digest, CancellationToken cancellationToken = default)
        {
            if (keys.Refuse?.Invoke(address, duty) == true)
            {
                throw new TimeoutException("The signer does not answer.");
            }

            if (keys.SignsAfter?.Invoke(duty) is { Ticks: > 0 } wait)
            {
                await keys._delay(wait);
            }

            signed(address, duty, digest);
            return SimulatedSignatures.Sign(keys.Impersonate?.Invoke(address) ?? address, digest);
        }
    }
}
