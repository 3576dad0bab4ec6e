using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using Cloud.Protocol.Tries;

namespace Cloud.Execution.Tests.State;

/// <summary>The state as two dictionaries, with a root computed anew from all of it: what the world state is compared with.</summary>
internal sealed class PlainState
{
    private readonly SortedDictionary<Address, Account> _accounts;
    private readonly SortedDictionary<Address, SortedDictionary<UInt256, UInt256>> _slots;

    public PlainState()
    {
        _accounts = [];
        _slots = [];
    }

    private PlainState(PlainState other)
    {
        _accounts = new(other._accounts);
        _slots = [];
        foreach (KeyValuePair<Address, SortedDictionary<UInt256, UInt256>> slots in other._slots)
        {
            _slots.Add(slots.Key, new(slots.Value));
        }
    }

    public IReadOnlyDictionary<Address, Account> Accounts => _accounts;

    public UInt256 Slot(in Address address, in UInt256 key) =>
        _slots.TryGetValue(address, out SortedDictionary<UInt256, UInt256>? slots) && slots.TryGetValue(key, out UInt256 value) ? value : UInt256.Zero;

    public bool HasStorage(in Address address) => _slots.ContainsKey(address);

    public PlainState With(StateChanges changes)
    {
        PlainState next = new(this);
        foreach (KeyValuePair<Address, AccountChange> change in changes.Accounts)
        {
            if (change.Value.StorageCleared || change.Value.After is null)
            {
                next._slots.Remove(change.Key);
            }

            if (change.Value.After is not { } account)
            {
                next._accounts.Remove(change.Key);
                continue;
            }

            next._accounts[change.Key] = account;
            foreach (KeyValuePair<UInt256, UInt256> slot in change.Value.Storage ?? [])
            {
                if (!next._slots.TryGetValue(change.Key, out SortedDictionary<UInt256, UInt256>? slots))
                {
                    next._slots.Add(change.Key, slots = []);
                }

                slots.Remove(slot.Key);
                if (!slot.Value.IsZero)
                {
                    slots.Add(slot.Key, slot.Value);
                }

                if (slots.Count == 0)
                {
                    next._slots.Remove(change.Key);
                }
            }
        }

        return next;
    }

    public Hash256 Root()
    {
        List<(Hash256 Key, byte[] Value)> leaves = [];
        foreach (KeyValuePair<Address, Account> entry in _accounts)
        {
            using RlpWriter writer = RlpWriter.Rent();
            int list = writer.BeginList();
            writer.Write(entry.Value.Nonce);
            writer.Write(entry.Value.Balance);
            writer.Write(StorageRoot(entry.Key));
            writer.Write(entry.Value.CodeHash);
            writer.EndList(list);
            leaves.Add((Keccak256.Hash(entry.Key.ToArray()), writer.ToArray()));
        }

        return RootOf(leaves);
    }

    public Hash256 StorageRoot(in Address address)
    {
        List<(Hash256 Key, byte[] Value)> leaves = [];
        foreach (KeyValuePair<UInt256, UInt256> slot in _slots.GetValueOrDefault(address) ?? [])
        {
            byte[] key = new byte[32];
            slot.Key.WriteBigEndian(key);
            using RlpWriter writer = RlpWriter.Rent();
            writer.Write(slot.Value);
            leaves.Add((Keccak256.Hash(key), writer.ToArray()));
        }

        return RootOf(leaves);
    }

    private static Hash256 RootOf(List<(Hash256 Key, byte[] Value)> leaves)
    {
        leaves.Sort((a, b) => a.Key.CompareTo(b.Key));
        using RlpWriter values = RlpWriter.Rent();
        TrieEntry[] entries = new TrieEntry[leaves.Count];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = new TrieEntry(leaves[i].Key, Hash256.Length, values.Length, leaves[i].Value.Length);
            values.WriteRaw(leaves[i].Value);
        }

        return SortedTrie.Root(entries, values.WrittenSpan);
    }
}
