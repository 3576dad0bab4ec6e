using System.Collections.Immutable;
using Cloud.Protocol.Deposits;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chains;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Node;

/// <content>Messages from L1: which ones are known, which ones a slot consumes, and what a chunk has to begin with because of it.</content>
public sealed partial class ReplicaNode
{
    private static readonly DepositOutcome Nothing = new DepositOutcome.Expected([], 0);

    // The inbox after each of the newest L1 blocks, oldest first. It is not journaled: L1 tells it again.
    private readonly List<(L1BlockRef Block, Inbox Inbox)> _inboxes = [];
    private Hash256 _groundInHash;

    /// <summary>Messages from L1 that the next slot would consume: 0 where none waits, or too little is known.</summary>
    public int WaitingDeposits { get; private set; }

    private Inbox KnownInbox => _inboxes.Count == 0 ? Inbox.Empty : _inboxes[^1].Inbox;

    /// <summary>The inbox without what the newest L1 blocks, which may be reorganised, have brought.</summary>
    private Inbox FirmInbox
    {
        get
        {
            for (int i = _inboxes.Count - 1; i >= 0; i--)
            {
                if (_inboxes[i].Block.Number + Options.DepositDepth <= _inboxes[^1].Block.Number)
                {
                    return _inboxes[i].Inbox;
                }
            }

            return Inbox.Empty;
        }
    }

    private void CountWaitingDeposits()
    {
        Inbox inbox = FirmInbox;
        WaitingDeposits = inbox.CountAt(InHashOf(_chain[^1])) is { } consumed ? (int)(DepositRule.Choose(inbox, consumed, DepositLimits.Default) - consumed) : 0;
    }

    /// <summary>Takes the inbox from what L1 reports, and goes on with what waited for it.</summary>
    private void TakeInbox(L1Update update, DateTimeOffset now)
    {
        if (_isReplaying)
        {
            return;
        }

        switch (update)
        {
            case L1Update.Block block:
                _inboxes.RemoveAll(known => known.Block.Number >= block.Id.Number);
                _inboxes.Add((block.Id, block.Inbox));
                while (_inboxes.Count > 1 && _inboxes[1].Block.Number + Options.DepositDepth <= block.Id.Number)
                {
                    _inboxes.RemoveAt(0);
                }

                break;
            case L1Update.Reorged reorged:
                _inboxes.RemoveAll(known => known.Block.Number > reorged.Ancestor.Number);
                return;
            default:
                return;
        }

        foreach (ChunkWork work in _works.Values.Where(work => work.State == ChunkWorkState.Deposits).ToArray())
        {
            Advance(work, now);
        }

        foreach (PendingSession session in _sessions.ToArray())
        {
            Execute(session);
        }
    }

    /// <summary>The running hash of the inbox that a block's slot names; null for a complete chunk without a header whose messages are not known here.</summary>
    private Hash256 InHashOf(ExecutedBlock block) =>
        block.Proposal?.Header.InHash ?? (_tips.Restart.Block == block.Id ? _tips.Restart.InHash : _executed.GetValueOrDefault(block.Hash)?.Proposal?.Header.InHash ?? _groundInHash);

    private Hash256? InHashOf(PendingSession session)
    {
        if (session.InHash is null && FindParent(session.ParentHash)?.InHash is { } before)
        {
            int deposits = session.Deposits;
            session.InHash = deposits == 0 || session.Chunk > 0 ? before
                : KnownInbox.CountAt(in before) is { } consumed && consumed + (ulong)deposits <= KnownInbox.Count ? KnownInbox.HashAt(consumed + (ulong)deposits)
                : null;
        }

        return session.InHash;
    }

    /// <summary>What a chunk has to begin with. A slot that consumes nothing can be told without the inbox.</summary>
    private DepositOutcome DepositsOf(in Hash256 before, uint index, in Hash256 inHash) =>
        inHash == before ? Nothing : DepositRule.Expect(KnownInbox, before, index, inHash, DepositLimits.Default);

    /// <summary>What a chunk under construction has to begin with; null where that is not known yet.</summary>
    private DepositOutcome? DepositsOf(PendingSession session, ParentState parent)
    {
        if (session.Block is { } shown)
        {
            // It was checked before it was shown.
            return new DepositOutcome.Expected(Leading(shown.Transactions), 0);
        }

        if (_isReplaying)
        {
            return new DepositOutcome.Expected(
                [.. session.Queue.Peek().Payload.Diff.Transactions.Take(session.Deposits).Select(raw => Transaction.Decode(raw.Span, BodyRules)).OfType<TransactionDecoding.Decoded>().Select(decoded => decoded.Transaction)],
                0);
        }

        return parent.InHash is { } before && InHashOf(session) is { } inHash ? DepositsOf(in before, session.Chunk, in inHash) : null;
    }

    /// <summary>What an own chunk begins with, and the running hash that it names; null where that has to be waited for.</summary>
    private (ImmutableArray<Transaction> Deposits, Hash256 InHash)? ChooseDeposits(BuildRequest request, ParentState parent, PendingSession? emitted, ImmutableArray<Transaction> transactions)
    {
        if (parent.InHash is not { } before)
        {
            return null;
        }

        if (emitted is not null)
        {
            return InHashOf(emitted) is { } promised ? (Leading(transactions), promised) : null;
        }

        Inbox inbox = FirmInbox;
        if (request.Index > 0 || inbox.CountAt(in before) is not { } consumed)
        {
            return ([], before);
        }

        ulong count = DepositRule.Choose(inbox, consumed, DepositLimits.Default);
        return (inbox.Transactions(consumed, count), inbox.HashAt(count));
    }

    private static ImmutableArray<Transaction> Leading(ImmutableArray<Transaction> transactions) => [.. transactions.TakeWhile(transaction => transaction.Type == TransactionType.Deposit)];

    /// <summary>How many deposits a chunk's first flashblock begins with.</summary>
    internal static int CountDeposits(Flashblock first)
    {
        int count = 0;
        foreach (Bytes raw in first.Payload.Diff.Transactions)
        {
            if (raw.IsEmpty || raw.Span[0] != (byte)TransactionType.Deposit)
            {
                break;
            }

            count++;
        }

        return count;
    }
}
