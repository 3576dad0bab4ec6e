using System.Collections.Concurrent;
using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Views;

/// <summary>At which heights in memory a transaction is, or was: a view looks there. One writer, many readers.</summary>
internal sealed class TransactionIndex
{
    private readonly ConcurrentDictionary<Hash256, ImmutableArray<ulong>> _numbers = new();

    internal ImmutableArray<ulong> Find(in Hash256 hash) => _numbers.TryGetValue(hash, out ImmutableArray<ulong> numbers) ? numbers : [];

    internal void Add(in Hash256 hash, ulong number)
    {
        ImmutableArray<ulong> known = Find(in hash);
        if (!known.Contains(number))
        {
            _numbers[hash] = known.Insert(0, number);
        }
    }

    internal void Remove(in Hash256 hash, ulong number)
    {
        ImmutableArray<ulong> rest = Find(in hash).Remove(number);
        if (rest.IsEmpty)
        {
            _numbers.TryRemove(hash, out _);
        }
        else
        {
            _numbers[hash] = rest;
        }
    }
}
