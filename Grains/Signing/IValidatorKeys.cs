using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Signing;

/// <summary>The validator keys that this process may use. In a cluster each silo has all of them, so that any can take over.</summary>
public interface IValidatorKeys
{
    /// <summary>The validators, in a fixed order.</summary>
    ImmutableArray<Address> Validators { get; }

    /// <summary>The key of a validator.</summary>
    /// <param name="validator">The validator.</param>
    /// <returns>Null where this process does not have it.</returns>
    IValidatorSigner? Find(Address validator);
}
