using Orleans.Concurrency;

namespace Cloud.Grains.Interfaces.Committees;

/// <summary>The committee of one epoch. Keyed by the epoch's number.</summary>
[Alias("ICommitteeGrain")]
public interface ICommitteeGrain : IGrainWithIntegerKey
{
    /// <summary>The committee.</summary>
    /// <returns>Null where it is not known yet.</returns>
    [Alias("Get")]
    [AlwaysInterleave]
    Task<CommitteeView?> Get();
}
