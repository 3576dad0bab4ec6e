using Cloud.Grains.Committees;
using Cloud.Protocol.Committees;
using Cloud.Settlement.Rollups;

namespace Cloud.Silo.Rollups;

/// <summary>The committees that the rollup contract has drawn, as L1 was seen last.</summary>
internal sealed class ContractCommittees : ICommitteeSource
{
    private volatile RollupL1? _l1;

    public ValueTask<Committee?> GetAsync(ulong epoch, CancellationToken cancellationToken = default) => new(_l1?.View?.State.Committees.GetValueOrDefault(epoch));

    /// <summary>Names L1, which itself needs grains that need committees.</summary>
    internal void Connect(RollupL1 l1) => _l1 = l1;
}
