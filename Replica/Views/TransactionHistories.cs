using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Statuses;

namespace Cloud.Replica.Views;

/// <summary>How transactions came to their status. One writer, many readers.</summary>
internal sealed class TransactionHistories(int maxDropped)
{
    // A transaction that goes back and forth with every reorganisation keeps its newest steps.
    private const int MaxSteps = 64;

    // Arrays and not their immutable wrapping: the dictionary writes a reference in place, and makes a new node for each other value. No array is written to once it is in here.
    private readonly ConcurrentDictionary<Hash256, StatusEntry[]> _histories = new();
    private readonly Queue<Hash256> _dropped = [];

    internal void Add(StatusChange change)
    {
        ReadOnlySpan<StatusEntry> known = _histories.GetValueOrDefault(change.Transaction, []);
        _histories[change.Transaction] = [.. known.Length < MaxSteps ? known : known[1..], new StatusEntry(change.Status, change.At, change.Broken)];
        if (change.Status is TransactionStatus.Dropped)
        {
            _dropped.Enqueue(change.Transaction);
            while (_dropped.Count > maxDropped)
            {
                Hash256 oldest = _dropped.Dequeue();
                if (_histories.TryGetValue(oldest, out StatusEntry[]? history) && history[^1].Status is TransactionStatus.Dropped)
                {
                    _histories.TryRemove(oldest, out _);
                }
            }
        }
    }

    internal ImmutableArray<StatusEntry> Find(in Hash256 transaction) => ImmutableCollectionsMarshal.AsImmutableArray(_histories.GetValueOrDefault(transaction, []));

    internal void Remove(in Hash256 transaction) => _histories.TryRemove(transaction, out _);
}
