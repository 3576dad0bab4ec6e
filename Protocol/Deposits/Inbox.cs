using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Deposits;

/// <summary>The messages from L1 as of some L1 block, in order. Immutable: a reorganisation goes back to an older value.</summary>
public sealed class Inbox
{
    /// <summary>An inbox without messages.</summary>
    public static readonly Inbox Empty = new([], ImmutableDictionary<Hash256, ulong>.Empty);

    private readonly ImmutableList<(InboxMessage Message, Hash256 InHash)> _messages;
    private readonly ImmutableDictionary<Hash256, ulong> _counts;

    private Inbox(ImmutableList<(InboxMessage Message, Hash256 InHash)> messages, ImmutableDictionary<Hash256, ulong> counts)
    {
        _messages = messages;
        _counts = counts;
    }

    /// <summary>Number of messages.</summary>
    public ulong Count => (ulong)_messages.Count;

    /// <summary>The running hash after the last message; zero without messages.</summary>
    public Hash256 InHash => HashAt(Count);

    /// <summary>The running hash after the first messages.</summary>
    /// <param name="count">How many, at most <see cref="Count"/>.</param>
    /// <returns>The commitment to them; zero for none.</returns>
    public Hash256 HashAt(ulong count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        return count == 0 ? default : _messages[(int)(count - 1)].InHash;
    }

    /// <summary>A message.</summary>
    /// <param name="index">Its place, from 1 to <see cref="Count"/>.</param>
    /// <returns>The message.</returns>
    public InboxMessage this[ulong index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfZero(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(index, Count);
            return _messages[(int)(index - 1)].Message;
        }
    }

    /// <summary>How many messages a running hash commits to.</summary>
    /// <param name="inHash">The running hash; zero for none.</param>
    /// <returns>The number; null where the hash is not known here, or not yet.</returns>
    public ulong? CountAt(in Hash256 inHash) => inHash.IsZero ? 0 : _counts.TryGetValue(inHash, out ulong count) ? count : null;

    /// <summary>Adds a message.</summary>
    /// <param name="message">The next one.</param>
    /// <returns>The inbox with it.</returns>
    /// <exception cref="ArgumentException">It is not the next one.</exception>
    public Inbox Add(InboxMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Index != Count + 1)
        {
            throw new ArgumentException($"Message {message.Index} does not follow message {Count}.", nameof(message));
        }

        Hash256 inHash = message.HashAfter(InHash);
        return new Inbox(_messages.Add((message, inHash)), _counts.SetItem(inHash, message.Index));
    }

    /// <summary>The transactions of a range of messages.</summary>
    /// <param name="after">How many messages were consumed before.</param>
    /// <param name="through">How many are consumed with them; from <paramref name="after"/> to <see cref="Count"/>.</param>
    /// <returns>One transaction for each message, in order.</returns>
    public ImmutableArray<Transactions.Transaction> Transactions(ulong after, ulong through)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(through, Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(after, through);
        ImmutableArray<Transactions.Transaction>.Builder deposits = ImmutableArray.CreateBuilder<Transactions.Transaction>((int)(through - after));
        for (ulong index = after + 1; index <= through; index++)
        {
            (InboxMessage message, Hash256 inHash) = _messages[(int)(index - 1)];
            deposits.Add(message.ToTransaction(inHash));
        }

        return deposits.MoveToImmutable();
    }
}
