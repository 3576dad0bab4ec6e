using System.Buffers;
using Cloud.Execution.State.Tries;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>Changed accounts in the order of their hashed addresses, in pooled memory. Who forgets to dispose of it wastes that memory, no more.</summary>
internal sealed class KeyedChanges : IDisposable
{
    private readonly TrieItem[] _items;
    private readonly KeyValuePair<Address, AccountChange>[] _accounts;

    public KeyedChanges(StateChanges changes)
    {
        Count = changes.Accounts.Count;
        _items = ArrayPool<TrieItem>.Shared.Rent(Count);
        _accounts = ArrayPool<KeyValuePair<Address, AccountChange>>.Shared.Rent(Count);
        ((ICollection<KeyValuePair<Address, AccountChange>>)changes.Accounts).CopyTo(_accounts, 0);
        StateKeys.Batch keys = new(_items, stackalloc byte[StateKeys.Batch.Room]);
        foreach (ref readonly KeyValuePair<Address, AccountChange> account in Accounts)
        {
            keys.Add(account.Key);
        }

        keys.Flush();
        TrieUpdate.Sort(_items.AsSpan(0, Count));
    }

    /// <summary>How many accounts there are.</summary>
    public int Count { get; }

    /// <summary>The hashed addresses in order, each with its place in <see cref="Accounts"/>.</summary>
    public ReadOnlyMemory<TrieItem> Items => _items.AsMemory(0, Count);

    /// <summary>The accounts by place.</summary>
    public ReadOnlySpan<KeyValuePair<Address, AccountChange>> Accounts => _accounts.AsSpan(0, Count);

    /// <inheritdoc/>
    public void Dispose()
    {
        _accounts.AsSpan(0, Count).Clear();
        ArrayPool<KeyValuePair<Address, AccountChange>>.Shared.Return(_accounts);
        ArrayPool<TrieItem>.Shared.Return(_items);
    }
}
