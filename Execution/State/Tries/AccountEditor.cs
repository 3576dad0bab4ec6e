using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>Edits the accounts of a change set, and the storage of each on the way.</summary>
/// <param name="source">Where nodes come from that are not in memory.</param>
/// <param name="changes">The changes by place.</param>
/// <param name="storageRoots">Filled with the storage roots after the changes.</param>
/// <param name="stale">Collects the places on disk that become useless.</param>
/// <param name="alone">Whether to leave other processors alone.</param>
/// <param name="maker">Who may change the nodes that it has made before.</param>
internal sealed class AccountEditor(INodeSource source, KeyedChanges changes, Hash256[] storageRoots, StaleNodes stale, bool alone = false, object? maker = null) : ILeafEditor
{
    public TrieLeaf? Edit(int index, in Hash256 key, TrieLeaf? old)
    {
        AccountChange change = changes.Accounts[index].Value;
        AccountLeaf? before = (AccountLeaf?)old;
        Hash256 empty = Keccak256.OfEmptyRlpString;
        Hash256 root = before?.StorageRoot ?? empty;
        bool cleared = change.StorageCleared || change.After is null;
        if (cleared && root != empty)
        {
            stale.AddStorage(in key);
            root = empty;
        }

        if (change.After is not { } account)
        {
            storageRoots[index] = empty;
            return null;
        }

        TrieNode? node = cleared ? null : before?.Contract?.Storage;
        if (change.Storage is { Count: > 0 } slots)
        {
            TrieSlot storage = root == empty ? default
                : node is not null ? new TrieSlot(node is TrieLeaf ? TrieSlotKind.Leaf : TrieSlotKind.Branch, node, in root, isInline: false)
                : new TrieSlot(TrieSlotKind.Unknown, null, in root, isInline: false);
            storage = UpdateStorage(in key, in storage, slots);
            root = TrieEncoding.RootOf(in storage);
            node = storage.Node;
        }

        storageRoots[index] = root;
        if (before is null || before.StorageRoot != root || before.CodeHash != account.CodeHash)
        {
            return new AccountLeaf(in key, in account, ContractLeaf.Of(account.CodeHash, in root, node));
        }

        if (maker is null && before.Contract is { } contract)
        {
            contract.Storage ??= node;
        }

        return before.Holds(in account) ? before : new AccountLeaf(in key, in account, before.Contract);
    }

    private TrieSlot UpdateStorage(in Hash256 owner, in TrieSlot storage, Dictionary<UInt256, UInt256> slots)
    {
        TrieItem[] items = new TrieItem[slots.Count];
        UInt256[] values = new UInt256[slots.Count];
        StateKeys.Batch keys = new(items, stackalloc byte[StateKeys.Batch.Room]);
        int count = 0;
        foreach (KeyValuePair<UInt256, UInt256> slot in slots)
        {
            UInt256 key = slot.Key;
            values[count++] = slot.Value;
            keys.Add(in key);
        }

        keys.Flush();
        TrieUpdate.Sort(items);
        return new TrieUpdate(source, new StorageEditor(values), owner, stale, alone, maker).Apply(in storage, items);
    }
}
