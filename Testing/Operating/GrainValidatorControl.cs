using System.Collections.Immutable;
using Cloud.Gateway.Operators;
using Cloud.Grains.Interfaces;
using Cloud.Protocol.Primitives;

namespace Cloud.Testing.Operating;

/// <summary>The validators of this process, through their grains.</summary>
/// <param name="grains">The grains.</param>
/// <param name="validators">Whose keys are here.</param>
internal sealed class GrainValidatorControl(IGrainFactory grains, ImmutableArray<Address> validators) : IValidatorControl
{
    /// <inheritdoc/>
    public ImmutableArray<Address> Validators => validators;

    /// <inheritdoc/>
    public Task<byte[]> ExportAsync(Address validator, CancellationToken cancellationToken = default) => grains.Validator(validator).ExportHistory().WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<string> ImportAsync(Address validator, byte[] interchange, CancellationToken cancellationToken = default) =>
        grains.Validator(validator).ImportHistory(interchange).WaitAsync(cancellationToken);
}
