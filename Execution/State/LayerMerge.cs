using Cloud.Execution.State.Tries;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>Joins what layers, or parts of one, change: oldest first.</summary>
/// <param name="capacity">How many accounts to expect; 0 where nobody knows.</param>
internal sealed class LayerMerge(int capacity = 0)
{
    private readonly Dictionary<Address, Hash256> _storageRoots = [];
    private readonly StaleNodes _stale = new();

    public StateChanges Changes { get; } = new(capacity);

    public void Add(LayerUpdate update)
    {
        Changes.AppendShared(update.Changes);
        foreach (KeyValuePair<Address, Hash256> root in update.StorageRoots)
        {
            _storageRoots[root.Key] = root.Value;
        }

        _stale.Branches.AddRange(update.Stale.Branches);
        _stale.Storages.AddRange(update.Stale.Storages);
    }

    public LayerUpdate ToUpdate() => new(Changes, _storageRoots, _stale);
}
