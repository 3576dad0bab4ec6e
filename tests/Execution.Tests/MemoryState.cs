using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using Cloud.Protocol.Tries;

namespace Cloud.Execution.Tests;

/// <summary>A world state in plain dictionaries, and its root computed from scratch: the reference that the tests compare with.</summary>
internal sealed class MemoryState : IStateReader
{
    private readonly Dictionary<Address, Account> _accounts = [];
    private readonly Dictionary<Address, Dictionary<UInt256, UInt256>> _storage = [];
    private readonly Dictionary<Hash256, ReadOnlyMemory<byte>> _code = [];

    public IReadOnlyDictionary<Address, Account> Accounts => _accounts;

    public void Set(in Address address, ulong nonce, in UInt256 balance, byte[]? code = null, IEnumerable<KeyValuePair<UInt256, UInt256>>? storage = null)
    {
        Hash256 codeHash = code is { Length: > 0 } ? Keccak256.Hash(code) : Keccak256.OfEmpty;
        if (code is { Length: > 0 })
        {
            _code[codeHash] = code;
        }

        _accounts[address] = new Account(nonce, balance, codeHash);
        foreach ((UInt256 key, UInt256 value) in storage ?? [])
        {
            SetStorage(address, key, value);
        }
    }

    public void Apply(StateChanges changes)
    {
        foreach ((Hash256 hash, ReadOnlyMemory<byte> code) in changes.Code)
        {
            Assert.Equal(hash, Keccak256.Hash(code.Span));
            _code[hash] = code;
        }

        foreach ((Address address, AccountChange change) in changes.Accounts)
        {
            if (change.StorageCleared)
            {
                _storage.Remove(address);
            }

            foreach ((UInt256 key, UInt256 value) in change.Storage ?? [])
            {
                SetStorage(address, key, value);
            }

            if (change.After is { } after)
            {
                _accounts[address] = after;
            }
            else
            {
                _accounts.Remove(address);
                Assert.False(_storage.ContainsKey(address), $"{address} is gone, its storage is not");
            }
        }
    }

    public bool TryGetAccount(in Address address, out Account account) => _accounts.TryGetValue(address, out account);

    public UInt256 GetStorage(in Address address, in UInt256 key) =>
        _storage.TryGetValue(address, out Dictionary<UInt256, UInt256>? slots) && slots.TryGetValue(key, out UInt256 value) ? value : default;

    public bool HasStorage(in Address address) => _storage.ContainsKey(address);

    public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash) => codeHash == Keccak256.OfEmpty ? default : _code[codeHash];

    public Hash256 Root()
    {
        return Trie(_accounts.Select(pair =>
        {
            (Address address, Account account) = pair;
            Hash256 storageRoot = _storage.TryGetValue(address, out Dictionary<UInt256, UInt256>? slots)
                ? Trie(slots.Select(slot => (Hash(slot.Key), Encode(writer => writer.Write(slot.Value)))))
                : KnownHashes.EmptyTrieRoot;
            return (Keccak256.Hash(Address.AsSpan(in address)), Encode(writer =>
            {
                int list = writer.BeginList();
                writer.Write(account.Nonce);
                writer.Write(account.Balance);
                writer.Write(storageRoot);
                writer.Write(account.CodeHash);
                writer.EndList(list);
            }));
        }));
    }

    private static Hash256 Hash(UInt256 key)
    {
        Span<byte> bytes = stackalloc byte[UInt256.Length];
        key.WriteBigEndian(bytes);
        return Keccak256.Hash(bytes);
    }

    private static byte[] Encode(Action<RlpWriter> write)
    {
        using RlpWriter writer = RlpWriter.Rent();
        write(writer);
        return writer.ToArray();
    }

    private static Hash256 Trie(IEnumerable<(Hash256 Key, byte[] Value)> entries)
    {
        List<byte> values = [];
        List<TrieEntry> sorted = [];
        foreach ((Hash256 key, byte[] value) in entries.OrderBy(entry => entry.Key))
        {
            sorted.Add(new TrieEntry(key, Hash256.Length, values.Count, value.Length));
            values.AddRange(value);
        }

        return SortedTrie.Root(sorted.ToArray(), values.ToArray());
    }

    private void SetStorage(in Address address, in UInt256 key, in UInt256 value)
    {
        if (!_storage.TryGetValue(address, out Dictionary<UInt256, UInt256>? slots))
        {
            _storage.Add(address, slots = []);
        }

        if (value.IsZero)
        {
            slots.Remove(key);
        }
        else
        {
            slots[key] = value;
        }

        if (slots.Count == 0)
        {
            _storage.Remove(address);
        }
    }
}
