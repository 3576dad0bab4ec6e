using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Chains;

/// <summary>A state in memory without a trie: cheap to extend and to fork. Its root is a sum over accounts and slots, the same for the same content, and proves nothing: for simulations and tests.</summary>
public sealed class MemoryState : IStateLayer
{
    private readonly ImmutableDictionary<Address, Entry> _accounts;
    private readonly ImmutableDictionary<Hash256, ReadOnlyMemory<byte>> _code;
    private readonly UInt256 _sum;

    private MemoryState(ImmutableDictionary<Address, Entry> accounts, ImmutableDictionary<Hash256, ReadOnlyMemory<byte>> code, in UInt256 sum)
    {
        _accounts = accounts;
        _code = code;
        _sum = sum;
        Span<byte> root = stackalloc byte[Hash256.Length];
        sum.WriteBigEndian(root);
        Root = new Hash256(root);
    }

    /// <summary>The state without accounts.</summary>
    public static MemoryState Empty { get; } = new(ImmutableDictionary<Address, Entry>.Empty, ImmutableDictionary<Hash256, ReadOnlyMemory<byte>>.Empty, UInt256.Zero);

    /// <inheritdoc/>
    public Hash256 Root { get; }

    /// <inheritdoc/>
    public IStateLayer Extend(StateChanges changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        if (changes.Accounts.Count == 0 && changes.Code.Count == 0)
        {
            return this;
        }

        ImmutableDictionary<Address, Entry>.Builder accounts = _accounts.ToBuilder();
        UInt256 sum = _sum;
        foreach ((Address address, AccountChange change) in changes.Accounts)
        {
            bool existed = accounts.TryGetValue(address, out Entry? before);
            ImmutableDictionary<UInt256, UInt256> storage = before?.Storage ?? ImmutableDictionary<UInt256, UInt256>.Empty;
            if (existed)
            {
                sum -= Digest(in address, before!.Account);
            }

            if (change.StorageCleared || change.After is null)
            {
                foreach ((UInt256 key, UInt256 value) in storage)
                {
                    sum -= Digest(in address, in key, in value);
                }

                storage = ImmutableDictionary<UInt256, UInt256>.Empty;
            }

            if (change.After is not { } after)
            {
                accounts.Remove(address);
                continue;
            }

            if (change.Storage is { Count: > 0 } slots)
            {
                ImmutableDictionary<UInt256, UInt256>.Builder edited = storage.ToBuilder();
                foreach ((UInt256 key, UInt256 value) in slots)
                {
                    if (edited.TryGetValue(key, out UInt256 old))
                    {
                        sum -= Digest(in address, in key, in old);
                    }

                    if (value.IsZero)
                    {
                        edited.Remove(key);
                    }
                    else
                    {
                        edited[key] = value;
                        sum += Digest(in address, in key, in value);
                    }
                }

                storage = edited.ToImmutable();
            }

            sum += Digest(in address, after);
            accounts[address] = new Entry(after, storage);
        }

        return new MemoryState(accounts.ToImmutable(), _code.SetItems(changes.Code), in sum);
    }

    /// <inheritdoc/>
    public bool TryGetAccount(in Address address, out Account account)
    {
        bool found = _accounts.TryGetValue(address, out Entry? entry);
        account = entry?.Account ?? default;
        return found;
    }

    /// <inheritdoc/>
    public UInt256 GetStorage(in Address address, in UInt256 key) =>
        _accounts.TryGetValue(address, out Entry? entry) && entry.Storage.TryGetValue(key, out UInt256 value) ? value : UInt256.Zero;

    /// <inheritdoc/>
    public bool HasStorage(in Address address) => _accounts.TryGetValue(address, out Entry? entry) && !entry.Storage.IsEmpty;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash) => codeHash == Keccak256.OfEmpty ? default : _code.GetValueOrDefault(codeHash);

    private static UInt256 Digest(in Address address, in Account account)
    {
        Mixer mixer = new(1);
        mixer.Add(Address.AsSpan(in address));
        mixer.Add(account.Nonce);
        mixer.Add(account.Balance);
        Hash256 code = account.CodeHash;
        mixer.Add(Hash256.AsSpan(in code));
        return mixer.ToSum();
    }

    private static UInt256 Digest(in Address address, in UInt256 key, in UInt256 value)
    {
        Mixer mixer = new(2);
        mixer.Add(Address.AsSpan(in address));
        mixer.Add(key);
        mixer.Add(value);
        return mixer.ToSum();
    }

    private sealed record Entry(Account Account, ImmutableDictionary<UInt256, UInt256> Storage);

    /// <summary>A hash that is quick and the same in every process. Nobody has a reason to attack it.</summary>
    private ref struct Mixer(ulong seed)
    {
        private ulong _state = seed * 0x9e3779b97f4a7c15;

        public void Add(ulong word)
        {
            ulong mixed = _state ^ word;
            mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
            _state = (mixed ^ (mixed >> 31)) + 0x9e3779b97f4a7c15;
        }

        public void Add(in UInt256 value)
        {
            Add(value.U0);
            Add(value.U1);
            Add(value.U2);
            Add(value.U3);
        }

        public void Add(scoped ReadOnlySpan<byte> bytes)
        {
            for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            {
                Add(System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            }

            foreach (byte rest in bytes)
            {
                Add(rest);
            }
        }

        public UInt256 ToSum()
        {
            ulong first = Next();
            ulong second = Next();
            ulong third = Next();
            return new UInt256(first, second, third, Next());
        }

        private ulong Next()
        {
            Add(0x5851f42d4c957f2d);
            return _state;
        }
    }
}
