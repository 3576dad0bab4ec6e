using Cloud.Grains.Faults;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Archives;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Validators;
using Cloud.Replica.Chain;
using Cloud.Replica.Events;

namespace Cloud.Grains.Feed;

/// <content>What the replica tells is passed on: own transactions, evidence, tips.</content>
public sealed partial class SiloNode
{
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
