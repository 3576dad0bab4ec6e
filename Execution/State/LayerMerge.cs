using Cloud.Execution.State.Tries;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>Joins the contents of layers, oldest first.</summary>
internal sealed class LayerMerge
{
    private readonly Dictionary<Address, (Hash256 Key, Hash256 StorageRoot, bool StorageChanged)> _entries = [];
    private readonly StaleNodes _stale = new();

    public StateChanges Changes { get; } = new();

    public void Add(LayerContent content)
    {
        Dictionary<int, Hash256> keys = new(content.Items.Length);
        foreach (TrieItem item in content.Items)
        {
            keys[item.Index] = item.Key;
        }

        // The places follow the order of the changes.
        int place = 0;
        foreach (KeyValuePair<Address, AccountChange> change in content.Changes.Accounts)
        {
            Changes.Append(change.Key, change.Value);
            bool storageChanged = content.Places.ContainsKey(change.Key) || (_entries.TryGetValue(change.Key, out var before) && before.StorageChanged);
            _entries[change.Key] = (keys[place], content.StorageRoots[place], storageChanged);
            place++;
        }

        foreach (KeyValuePair<Hash256, ReadOnlyMemory<byte>> code in content.Changes.Code)
        {
            Changes.Code[code.Key] = code.Value;
        }

        _stale.Branches.AddRange(content.Stale.Branches);
        _stale.Storages.AddRange(content.Stale.Storages);
    }

    public LayerContent ToContent(StateLayer parent, StateLayer ground, LayerFilter filter)
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
        return new LayerContent(parent, ground, Changes, items, accounts, storageRoots, places, _stale, filter);
    }
}
