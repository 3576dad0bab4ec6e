using Cloud.Protocol.Committees;

namespace Cloud.Grains.Committees;

/// <summary>Where committees come from: the rollup's configuration, or the contract on L1.</summary>
public interface ICommitteeSource
{
    /// <summary>The committee of an epoch.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null where it is not known yet.</returns>
    ValueTask<Committee?> GetAsync(ulong epoch, CancellationToken cancellationToken = default);
}
