using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Committees;

/// <summary>Committees of a validator set that does not change: that of the genesis configuration.</summary>
/// <param name="rules">How committees are drawn.</param>
/// <param name="validators">The validators in the registry's order.</param>
/// <param name="randao">The randomness of genesis.</param>
public sealed class FixedCommittees(CommitteeRules rules, ImmutableArray<Address> validators, Hash256 randao) : ICommitteeSource
{
    /// <inheritdoc/>
    public ValueTask<Committee?> GetAsync(ulong epoch, CancellationToken cancellationToken = default) =>
        new((Committee.Draw(epoch, validators.AsSpan(), rules.CommitteeSize, CommitteeRules.Seed(epoch, randao)) as CommitteeResult.Formed)?.Committee);
}
