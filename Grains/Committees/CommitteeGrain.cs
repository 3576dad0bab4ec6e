using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Committees;
using Cloud.Protocol.Committees;

namespace Cloud.Grains.Committees;

/// <summary>Asks the source once for all silos.</summary>
internal sealed class CommitteeGrain(ICommitteeSource source) : Grain, ICommitteeGrain
{
    private CommitteeView? _view;

    public async Task<CommitteeView?> Get()
    {
        if (_view is null && GrainKeys.TryReadNumber(this.GetPrimaryKeyLong(), out ulong epoch) && await source.GetAsync(epoch) is Committee committee)
        {
            _view = CommitteeView.Of(committee);
        }

        return _view;
    }
}
