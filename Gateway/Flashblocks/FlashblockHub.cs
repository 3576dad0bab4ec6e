using System.Collections.Immutable;
using System.Globalization;
using Cloud.Execution.State;
using Cloud.Gateway.Events;
using Cloud.Gateway.Metrics;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chains;
using Cloud.Replica.Events;
using Cloud.Replica.Node;
using Cloud.Replica.Views;

namespace Cloud.Gateway.Flashblocks;

/// <summary>The flashblock stream: the newest flashblocks in the order in which they were shown, and who reads them. Safe for several threads.</summary>
internal sealed class FlashblockHub(ReplicaNode node, FlashblockStreamOptions options, GatewayMetrics metrics) : INodeEventSink
{
    private const string Metric = "flashblocks";
    private const string Unknown = "0-0";

    private readonly Lock _gate = new();
    private readonly Queue<StreamedFlashblock> _frames = [];
    private readonly HashSet<Hash256> _known = [];
    private ImmutableArray<FlashblockSubscriber> _subscribers = [];
    private StreamedFlashblock? _newest;
    private long _bytes;
    private bool _isFilled;

    /// <summary>How many read.</summary>
    public int Count => _subscribers.Length;

    /// <inheritdoc/>
    public void Handle(ReplicaEvent nodeEvent)
    {
        switch (nodeEvent)
        {
            case ReplicaEvent.FlashblockShown shown:
                lock (_gate)
                {
                    Fill();
                    Add(shown.Flashblock, shown.Pending.Transactions, shown.Pending.Receipts, shown.Pending);
                }

                break;
            case ReplicaEvent.FlashblocksWithdrawn withdrawn:
                lock (_gate)
                {
                    ulong payloadId = FlashblockPayload.PayloadIdOf(withdrawn.Slot, withdrawn.Chunk);
                    foreach (FlashblockSubscriber subscriber in _subscribers)
                    {
                        subscriber.End(payloadId);
                    }
                }

                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public void HandleGap()
    {
        lock (_gate)
        {
            // What the node still has fills the gap where it goes back far enough; where it does not, readers must know.
            StreamedFlashblock? before = _newest;
            _isFilled = false;
            Fill();
            if (before is null || ReferenceEquals(before, _newest))
            {
                return;
            }

            foreach (FlashblockSubscriber subscriber in _subscribers)
            {
                subscriber.Close("flashblocks were missed: connect again from the last one that you have");
            }
        }
    }

    /// <summary>Begins to send to a reader.</summary>
    /// <param name="subscriber">The reader.</param>
    /// <param name="after">The last flashblock that it has; null for only those to come.</param>
    /// <param name="payloadId">Which chunk that was, where two were built at the height; null for the first that is kept.</param>
    /// <returns>Whether it begins.</returns>
    public Resumption Subscribe(FlashblockSubscriber subscriber, (ulong BlockNumber, ulong Index)? after, ulong? payloadId)
    {
        lock (_gate)
        {
            Fill();
            if (_subscribers.Length >= options.MaxSubscribers)
            {
                return new Resumption.Full();
            }

            if (after is { } position)
            {
                StreamedFlashblock[] frames = [.. _frames];
                int found = Array.FindIndex(frames, frame => (frame.BlockNumber, (ulong)frame.Index) == position && (payloadId ?? frame.PayloadId) == frame.PayloadId);
                if (found >= 0)
                {
                    foreach (StreamedFlashblock missed in frames.AsSpan(found + 1))
                    {
                        subscriber.Push(missed);
                    }
                }
                else if (_newest is { } newest && !newest.IsAfter(position.BlockNumber, position.Index))
                {
                    subscriber.SkipThrough(position.BlockNumber, position.Index);
                }
                else
                {
                    return new Resumption.TooOld(frames.Length == 0 ? null : NameOf(frames[0]));
                }
            }

            _subscribers = _subscribers.Add(subscriber);
            return new Resumption.Resumed(new Entry(this, subscriber));
        }
    }

    private static string NameOf(StreamedFlashblock frame) => string.Create(CultureInfo.InvariantCulture, $"{frame.BlockNumber}-{frame.Index}");

    /// <summary>Takes what the node has in memory, so that readers can resume over a restart of the gateway.</summary>
    private void Fill()
    {
        if (_isFilled)
        {
            return;
        }

        _isFilled = true;
        ReplicaView view = node.View;
        foreach (ExecutedBlock block in view.Recent)
        {
            if (block.Proposal is { } proposal)
            {
                foreach (Flashblock flashblock in node.FindFlashblocks(proposal.Header.Slot, proposal.Header.Index).Where(flashblock => flashblock.Payload.BlockNumber == block.Number))
                {
                    Add(flashblock, block.Transactions, block.Receipts, null);
                }
            }
        }

        foreach (PendingBlock block in view.PendingBlocks)
        {
            foreach (Flashblock flashblock in block.Flashblocks)
            {
                Add(flashblock, block.Transactions, block.Receipts, null);
            }
        }
    }

    private void Add(Flashblock flashblock, ImmutableArray<Transaction> transactions, ImmutableArray<Receipt> receipts, PendingBlock? pending)
    {
        FlashblockPayload payload = flashblock.Payload;
        if (!_known.Add(payload.Hash))
        {
            return;
        }

        StreamedFlashblock frame = new(flashblock, MetadataOf(payload, transactions, receipts, pending));
        _frames.Enqueue(frame);
        _bytes += frame.Text.Length;
        while (_frames.Count > options.MaxFrames || (_bytes > options.MaxFrameBytes && _frames.Count > 1))
        {
            StreamedFlashblock oldest = _frames.Dequeue();
            _bytes -= oldest.Text.Length;
            _known.Remove(oldest.Hash);
        }

        _newest = frame;
        if (_subscribers.Length > 0)
        {
            metrics.Pushed(Metric, FanOut.Give(_subscribers.AsMemory(), frame, static (subscriber, flashblock) => subscriber.Push(flashblock), static subscriber => subscriber.Touch()));
        }
    }

    private FlashblockMetadata MetadataOf(FlashblockPayload payload, ImmutableArray<Transaction> transactions, ImmutableArray<Receipt> receipts, PendingBlock? pending)
    {
        ImmutableArray<KeyValuePair<Hash256, Receipt>>.Builder mine = ImmutableArray.CreateBuilder<KeyValuePair<Hash256, Receipt>>();
        int count = payload.Diff.Transactions.Length;
        int first = FirstOf(payload, transactions);
        for (int i = 0; first >= 0 && i < count; i++)
        {
            mine.Add(KeyValuePair.Create(transactions[first + i].Hash, receipts[first + i]));
        }

        ImmutableArray<KeyValuePair<Address, UInt256>>.Builder balances = ImmutableArray.CreateBuilder<KeyValuePair<Address, UInt256>>();
        if (pending is { Changes: [.., var changes] })
        {
            foreach ((Address address, AccountChange change) in changes.Accounts)
            {
                balances.Add(KeyValuePair.Create(address, change.After?.Balance ?? default));
            }
        }

        string previous = payload.Index > 0 ? string.Create(CultureInfo.InvariantCulture, $"{payload.BlockNumber}-{payload.Index - 1}")
            : _newest is { IsLast: true } last && last.BlockNumber + 1 == payload.BlockNumber ? NameOf(last)
            : Unknown;
        return new FlashblockMetadata
        {
            BlockNumber = payload.BlockNumber,
            NewAccountBalances = balances.ToImmutable(),
            Receipts = mine.ToImmutable(),
            PreviousFlashblockId = previous,
        };
    }

    /// <summary>Place in the block of a flashblock's first transaction; -1 where the block does not hold it.</summary>
    private static int FirstOf(FlashblockPayload payload, ImmutableArray<Transaction> transactions)
    {
        if (payload.Diff.Transactions.IsEmpty)
        {
            return -1;
        }

        for (int i = 0; i + payload.Diff.Transactions.Length <= transactions.Length; i++)
        {
            if (transactions[i].Raw == payload.Diff.Transactions[0])
            {
                return i;
            }
        }

        return -1;
    }

    private void Remove(FlashblockSubscriber subscriber)
    {
        lock (_gate)
        {
            _subscribers = _subscribers.Remove(subscriber);
        }
    }

    private sealed class Entry(FlashblockHub hub, FlashblockSubscriber subscriber) : IDisposable
    {
        public void Dispose() => hub.Remove(subscriber);
    }
}
