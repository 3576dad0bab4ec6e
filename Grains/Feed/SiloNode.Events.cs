using System.Collections.Concurrent;
using Cloud.Grains.Faults;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Archives;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Validators;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chain;
using Cloud.Replica.Events;

namespace Cloud.Grains.Feed;

/// <content>What the replica tells is passed on: own transactions, evidence, tips.</content>
public sealed partial class SiloNode
{
    private const int ResentPerSender = 32;

    // Own transactions, and when they went out last.
    private readonly ConcurrentDictionary<Hash256, DateTimeOffset> _sent = new();

    private async Task FollowReplicaAsync(CancellationToken cancellationToken)
    {
        long? after = null;
        while (true)
        {
            switch (Replica.Events.Subscribe(after, Options.MaxWaitingEvents))
            {
                case Subscribing.Subscribed { Subscription: { } subscription }:
                    if (after is null)
                    {
                        SendAllAgain();
                    }

                    // A turn that moves whole slots tells more than may wait. What was missed is still kept, and read from there on.
                    after = await FollowAsync(subscription, after ?? Replica.Events.Newest, cancellationToken);
                    if (subscription.End == EventEnd.Closed)
                    {
                        return;
                    }

                    break;
                case Subscribing.TooOld gone:
                    SendAllAgain();
                    after = gone.Oldest;
                    break;
                case Subscribing.Closed:
                    return;
                default:
                    await Task.Delay(Options.ResendAfter, Time, cancellationToken);
                    break;
            }
        }
    }

    /// <summary>Nobody knows which of the pool's transactions the others have: before this process started, or while it fell behind.</summary>
    private void SendAllAgain()
    {
        if (Options.ResendTransactionsAfter <= TimeSpan.Zero)
        {
            return;
        }

        foreach (Address sender in Replica.Pool.Senders())
        {
            foreach (Transaction transaction in Replica.Pool.Content(in sender).Pending)
            {
                _sent.TryAdd(transaction.Hash, DateTimeOffset.MinValue);
            }
        }
    }

    private async Task<long> FollowAsync(EventSubscription subscription, long after, CancellationToken cancellationToken)
    {
        using (subscription)
        {
            List<byte[]> transactions = [];
            while (await subscription.Reader.WaitToReadAsync(cancellationToken))
            {
                bool hasMoved = false;
                while (subscription.Reader.TryRead(out ReplicaEvent? happened))
                {
                    after = happened.Sequence;
                    switch (happened)
                    {
                        case ReplicaEvent.TransactionAccepted { IsOwn: true } accepted:
                            transactions.Add(accepted.Transaction.Raw.ToArray());
                            if (Options.ResendTransactionsAfter > TimeSpan.Zero)
                            {
                                _sent[accepted.Transaction.Hash] = Time.GetUtcNow();
                            }

                            if (transactions.Count >= Options.MaxTransactionsPerItem)
                            {
                                Send(transactions);
                            }

                            break;
                        case ReplicaEvent.EvidenceFound found:
                            Grains.Report(found.Evidence, _logger);
                            break;
                        case ReplicaEvent.TipMoved:
                            hasMoved = true;
                            break;
                        default:
                            break;
                    }
                }

                Send(transactions);
                foreach (ProposerDuty duty in _proposers)
                {
                    duty.OnAvailable();
                }

                if (hasMoved)
                {
                    Grains.Archive().Report(Name, ViewOf(Replica.View.Tips)).Forget(_logger);
                }
            }
        }

        return after;
    }

    /// <summary>Streams are gossip and may lose what they carry, above all when a silo dies: what stays in the pool goes out again.</summary>
    private async Task ResendAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Options.ResendTransactionsAfter / 2, Time, cancellationToken);
            DateTimeOffset now = Time.GetUtcNow();
            foreach (Hash256 hash in _sent.Keys)
            {
                if (!Replica.Pool.TryGet(in hash, out _))
                {
                    _sent.TryRemove(hash, out _);
                }
            }

            // In the order of nonces, and the first ones of each sender: others' pools hold few that wait for one before them.
            List<byte[]> transactions = [];
            foreach (Address sender in Replica.Pool.Senders())
            {
                foreach (Transaction transaction in Replica.Pool.Content(in sender).Pending.Take(ResentPerSender))
                {
                    if (_sent.TryGetValue(transaction.Hash, out DateTimeOffset at) && now - at >= Options.ResendTransactionsAfter)
                    {
                        _sent[transaction.Hash] = now;
                        transactions.Add(transaction.Raw.ToArray());
                        if (transactions.Count >= Options.MaxTransactionsPerItem)
                        {
                            Send(transactions);
                        }
                    }
                }
            }

            Send(transactions);
        }
    }

    private static TipsView ViewOf(TipSet tips) => new(ViewOf(tips.Proposed), ViewOf(tips.Attested), ViewOf(tips.Checkpointed), ViewOf(tips.Proven), ViewOf(tips.Finalized));

    private static TipView ViewOf(BlockId block) => new(block.Number, block.Hash);

    private void Send(List<byte[]> transactions)
    {
        if (transactions.Count > 0)
        {
            Publish(FeedStreams.Transactions, [.. transactions]);
            transactions.Clear();
        }
    }
}
