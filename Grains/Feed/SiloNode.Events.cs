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
        if (Replica.Events.Subscribe() is not Subscribing.Subscribed { Subscription: { } subscription })
        {
            return;
        }

        using (subscription)
        {
            List<byte[]> transactions = [];
            while (await subscription.Reader.WaitToReadAsync(cancellationToken))
            {
                bool hasMoved = false;
                while (subscription.Reader.TryRead(out ReplicaEvent? happened))
                {
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
