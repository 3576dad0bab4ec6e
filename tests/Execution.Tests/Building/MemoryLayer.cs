using System.Buffers.Binary;
using Cloud.Execution.Building;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using Cloud.Protocol.Tries;

namespace Cloud.Execution.Tests.Building;

/// <summary>A whole state in dictionaries; its root is computed from nothing each time. The plain thing to compare layers with.</summary>
internal sealed class MemoryLayer : IStateLayer
{
    private readonly Dictionary<Address, Account> _accounts = [];
    private readonly Dictionary<Address, Dictionary<UInt256, UInt256>> _storage = [];
    private readonly Dictionary<Hash256, ReadOnlyMemory<byte>> _code = [];
    private Hash256? _root;

    public MemoryLayer()
    {
    }

    private MemoryLayer(MemoryLayer parent)
    {
        _accounts = new(parent._accounts);
        _storage = parent._storage.ToDictionary(pair => pair.Key, pair => new Dictionary<UInt256, UInt256>(pair.Value));
        _code = new(parent._code);
        PoisonedAccount = parent.PoisonedAccount;
    }

    /// <summary>Reading this account fails, as a broken disk would.</summary>
    public Address? PoisonedAccount { get; set; }

    public Hash256 Root => _root ??= ComputeRoot();

    public MemoryLayer With(in Address address, UInt256 balance, ulong nonce = 0, byte[]? code = null)
    {
        Hash256 hash = Keccak256.Hash(code ?? []);
        _code[hash] = code ?? [];
        _accounts[address] = new Account(nonce, balance, hash);
        return this;
    }

    public bool TryGetAccount(in Address address, out Account account) =>
        address == PoisonedAccount ? throw new IOException("The disk is broken.") : _accounts.TryGetValue(address, out account);

    public UInt256 GetStorage(in Address address, in UInt256 key) =>
        _storage.TryGetValue(address, out Dictionary<UInt256, UInt256>? slots) ? slots.GetValueOrDefault(key) : default;

    public bool HasStorage(in Address address) => _storage.TryGetValue(address, out Dictionary<UInt256, UInt256>? slots) && slots.Count > 0;

    public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash) => _code.GetValueOrDefault(codeHash);

    public IStateLayer Extend(StateChanges changes)
    {
        MemoryLayer next = new(this);
        foreach ((Address address, AccountChange change) in changes.Accounts)
        {
            if (change.After is { } after)
            {
                next._accounts[address] = after;
            }
            else
            {
                next._accounts.Remove(address);
            }

            if (change.StorageCleared || change.After is null)
            {
                next._storage.Remove(address);
            }

            foreach ((UInt256 key, UInt256 value) in change.Storage ?? [])
            {
                if (!next._storage.TryGetValue(address, out Dictionary<UInt256, UInt256>? slots))
                {
                    next._storage[address] = slots = [];
                }

                if (value.IsZero)
                {
                    slots.Remove(key);
                }
                else
                {
                    slots[key] = value;
                }
            }
        }

        foreach ((Hash256 hash, ReadOnlyMemory<byte> code) in changes.Code)
        {
            next._code[hash] = code;
        }

        return next;
    }

    /// <summary>Everything as changes on an empty state.</summary>
    public StateChanges ToChanges()
    {
        StateChanges changes = new();
        foreach ((Address address, Account account) in _accounts)
        {
            changes.For(address).After = account;
        }

        foreach ((Address address, Dictionary<UInt256, UInt256> slots) in _storage)
        {
            changes.For(address).Storage = new(slots);
        }

        foreach ((Hash256 hash, ReadOnlyMemory<byte> code) in _code)
        {
            changes.Code[hash] = code;
        }

        return changes;
    }

    private static Hash256 RootOf(List<(Hash256 Key, byte[] Value)> items)
    {
        items.Sort((left, right) => left.Key.CompareTo(right.Key));
        List<TrieEntry> entries = [];
        List<byte> values = [];
        foreach ((Hash256 key, byte[] value) in items)
        {
            entries.Add(new TrieEntry(key, Hash256.Length, values.Count, value.Length));
            values.AddRange(value);
        }

        return SortedTrie.Root(entries.ToArray(), values.ToArray());
    }

    private Hash256 ComputeRoot()
    {
        List<(Hash256, byte[])> items = [];
        foreach ((Address address, Account account) in _accounts)
        {
            Hash256 storage = KnownHashes.EmptyTrieRoot;
            if (_storage.TryGetValue(address, out Dictionary<UInt256, UInt256>? slots) && slots.Count > 0)
            {
                storage = RootOf([.. slots.Select(slot => (Keccak256.Hash(BigEndian(slot.Key)), Encode(writer => writer.Write(slot.Value))))]);
            }

            items.Add((Keccak256.Hash(address.ToArray()), Encode(writer =>
            {
                int list = writer.BeginList();
                writer.Write(account.Nonce);
                writer.Write(account.Balance);
                writer.Write(storage);
                writer.Write(account.CodeHash);
                writer.EndList(list);
            })));
        }

        return RootOf(items);
    }

    private static byte[] BigEndian(UInt256 value)
    {
        byte[] bytes = new byte[32];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value.U3);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), value.U2);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(16), value.U1);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(24), value.U0);
        return bytes;
    }

    private static byte[] Encode(Action<RlpWriter> write)
    {
        using RlpWriter writer = RlpWriter.Rent();
        write(writer);
        return writer.ToArray();
    }
}
