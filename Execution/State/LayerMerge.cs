using Cloud.Execution.State.Tries;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>Joins what layers, or parts of one, change: oldest first.</summary>
internal sealed class LayerMerge
{
    private readonly Dictionary<Address, (Hash256 Key, Hash256 StorageRoot, bool StorageChanged)> _entries = [];
    private readonly StaleNodes _stale = new();

    public StateChanges Changes { get; } = new();

    public void Add(LayerUpdate update)
    {
        Hash256[] keys = new Hash256[update.Items.Length];
        foreach (ref readonly TrieItem item in update.Items.AsSpan())
        {
            keys[item.Index] = item.Key;
        }

        // The places follow the order of the changes.
        int place = 0;
        foreach (KeyValuePair<Address, AccountChange> change in update.Changes.Accounts)
        {
            Changes.Append(change.Key, change.Value);
            bool storageChanged = update.Places.ContainsKey(change.Key) || (_entries.TryGetValue(change.Key, out var before) && before.StorageChanged);
            _entries[change.Key] = (keys[place], update.StorageRoots[place], storageChanged);
            place++;
        }

        foreach (KeyValuePair<Hash256, ReadOnlyMemory<byte>> code in update.Changes.Code)
        {
            Changes.Code[code.Key] = code.Value;
        }

        _stale.Branches.AddRange(update.Stale.Branches);
        _stale.Storages.AddRange(update.Stale.Storages);
    }

    public LayerUpdate ToUpdate()
    {
        int count = Changes.Accounts.Count;
        TrieItem[] items = new TrieItem[count];
        AccountChange[] accounts = new AccountChange[count];
        Hash256[] storageRoots = new Hash256[count];
        Dictionary<Address, int> places = [];
        int place = 0;
        foreach (KeyValuePair<Address, AccountChange> change in Changes.Accounts)
        {
            (Hash256 key, Hash256 storageRoot, bool storageChanged) = _entries[change.Key];
            items[place] = new TrieItem(in key, place);
            accounts[place] = change.Value;
            storageRoots[place] = storageRoot;
            if (storageChanged)
            {
                places.Add(change.Key, place);
            }

            place++;
        }

        TrieUpdate.Sort(items);
        return new LayerUpdate(Changes, items, accounts, storageRoots, places, _stale);
    }
}
