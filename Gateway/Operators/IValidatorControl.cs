using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Operators;

/// <summary>The validators whose keys an installation holds, and their signing ledgers. A host that has such keys registers it.</summary>
public interface IValidatorControl
{
    /// <summary>Addresses of the validators.</summary>
    ImmutableArray<Address> Validators { get; }

    /// <summary>Exports what a validator has signed.</summary>
    /// <param name="validator">One of <see cref="Validators"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The interchange document.</returns>
    Task<byte[]> ExportAsync(Address validator, CancellationToken cancellationToken = default);

    /// <summary>Imports what a validator has signed elsewhere. Only ever forbids more than before.</summary>
    /// <param name="validator">One of <see cref="Validators"/>.</param>
    /// <param name="interchange">The interchange document.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Why it was refused; empty where it was not.</returns>
    Task<string> ImportAsync(Address validator, byte[] interchange, CancellationToken cancellationToken = default);
}
