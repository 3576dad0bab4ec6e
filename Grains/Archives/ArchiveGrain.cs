using Cloud.Grains.Interfaces.Archives;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Archives;

/// <summary>Knows which chunk has a block, for replicas that only know the block's hash, and the tips of the silos. Nothing of it has to survive: chunk grains and replicas have it all.</summary>
[KeepAlive]
internal sealed class ArchiveGrain : Grain, IArchiveGrain
{
    private const int MaxPlaces = 16_384;
    private const int MaxSilos = 256;

    private readonly Dictionary<Hash256, BlockPlace> _places = [];
    private readonly Queue<Hash256> _order = new();
    private readonly Dictionary<string, TipsView> _silos = new(StringComparer.Ordinal);

    public Task Note(BlockPlace place)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (_places.TryAdd(place.BlockHash, place))
        {
            _order.Enqueue(place.BlockHash);
            if (_order.Count > MaxPlaces)
            {
                _places.Remove(_order.Dequeue());
            }
        }

        return Task.CompletedTask;
    }

    public Task Report(string silo, TipsView tips)
    {
        if (_silos.Count < MaxSilos || _silos.ContainsKey(silo))
        {
            _silos[silo] = tips;
        }

        return Task.CompletedTask;
    }

    public Task<BlockPlace?> Find(Hash256 blockHash) => Task.FromResult(_places.GetValueOrDefault(blockHash));

    public Task<TipsView?> Tips() => Task.FromResult(_silos.Count == 0
        ? null
        : new TipsView(
            Majority(tips => tips.Proposed), Majority(tips => tips.Attested), Majority(tips => tips.Checkpointed), Majority(tips => tips.Proven), Majority(tips => tips.Finalized)));

    private TipView Majority(Func<TipsView, TipView> view)
    {
        TipView[] ordered = [.. _silos.Values.Select(view).OrderByDescending(tip => tip.Number)];
        return ordered[ordered.Length / 2];
    }
}
