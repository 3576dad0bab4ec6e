using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;
using Cloud.Settlement.Transactions;

namespace Cloud.Settlement.Publishing;

/// <summary>Decides what a publisher's key does next: a pure function of what it remembers and of what L1 looks like, called at each new head and after a restart.</summary>
/// <remarks>
/// The order of steps makes every crash harmless: store the intent, sign, store the hash, send, store that it was sent. An attempt without a hash was never sent; one with a hash may have been, and
/// is looked for on L1 before anything is decided.
/// </remarks>
public static class PublicationLane
{
    /// <summary>Decides.</summary>
    /// <param name="state">What the lane remembers.</param>
    /// <param name="view">What L1 looks like.</param>
    /// <param name="policy">How much to pay and how long to wait.</param>
    /// <returns>The new state and what to do.</returns>
    public static LaneDecision Decide(LaneState state, LaneView view, PublishingPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(policy);
        Decider decider = new(state, view, policy);
        for (int i = 0; i < state.Items.Length; i++)
        {
            decider.Continue(state.Items[i], isLast: i == state.Items.Length - 1);
        }

        decider.Begin();
        return new LaneDecision(state with { Items = [.. decider.Items] }, [.. decider.Actions]);
    }

    /// <summary>Remembers the hash of a signed attempt. To be stored before it is sent.</summary>
    /// <param name="state">What the lane remembers.</param>
    /// <param name="nonce">The item.</param>
    /// <param name="hash">Hash of its newest attempt.</param>
    /// <param name="signature">The key's signature of it.</param>
    /// <param name="data">Its calldata.</param>
    /// <returns>The new state.</returns>
    public static LaneState Signed(LaneState state, ulong nonce, Hash256 hash, Signature signature = default, Bytes data = default) =>
        Change(state, nonce, attempt => attempt with { Hash = hash, Signature = signature, Data = data });

    /// <summary>Remembers what a pool said to an attempt.</summary>
    /// <param name="state">What the lane remembers.</param>
    /// <param name="nonce">The item.</param>
    /// <param name="hash">The attempt that was sent.</param>
    /// <param name="head">Height of L1.</param>
    /// <param name="outcome">What the pool said.</param>
    /// <returns>The new state, and what a person should know.</returns>
    public static (LaneState State, LaneAlarm? Alarm) Sent(LaneState state, ulong nonce, Hash256 hash, ulong head, SendOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(state);
        LaneItem? item = state.Items.FirstOrDefault(item => item.Nonce == nonce);
        if (item is null || item.Last.Hash != hash)
        {
            return (state, null);
        }

        return outcome switch
        {
            SendOutcome.Accepted or SendOutcome.AlreadyKnown or SendOutcome.NonceTooLow => (Change(state, nonce, a => a with { SentAt = head, IsUnderpriced = false }), null),
            SendOutcome.ReplacementUnderpriced or SendOutcome.Underpriced => (Change(state, nonce, a => a with { IsUnderpriced = true }), null),
            SendOutcome.WrongKind => (state, new LaneAlarm.WrongKind(state.Publisher)),
            SendOutcome.InsufficientFunds => (state, new LaneAlarm.Unfunded(state.Publisher, default, MaxCost(item.Job, item.Last.Fees))),
            SendOutcome.Refused refused => (state, new LaneAlarm.Refused(item.Job.Slot, refused.Reason)),
            _ => (state, null),
        };
    }

    /// <summary>Wei that an attempt can cost at most.</summary>
    internal static UInt256 MaxCost(PublicationJob job, in FeeBid fees) => (fees.FeeCap * job.GasLimit) + (fees.BlobFeeCap * (BlobSidecar.GasPerBlob * (ulong)job.Blobs));

    private static LaneState Change(LaneState state, ulong nonce, Func<LaneAttempt, LaneAttempt> change)
    {
        int index = state.Items.ToList().FindIndex(item => item.Nonce == nonce);
        if (index < 0)
        {
            return state;
        }

        LaneItem item = state.Items[index];
        return state with { Items = state.Items.SetItem(index, item with { Attempts = item.Attempts.SetItem(item.Attempts.Length - 1, change(item.Last)) }) };
    }

    private sealed class Decider(LaneState state, LaneView view, PublishingPolicy policy)
    {
        /// <summary>Publications that had an item before this decision: one that just ended still waits in the view.</summary>
        private readonly HashSet<Hash256> _begun = [];

        public List<LaneItem> Items { get; } = [];

        public List<LaneAction> Actions { get; } = [];

        /// <summary>Goes on with an item that was begun.</summary>
        public void Continue(LaneItem item, bool isLast)
        {
            if (FindInclusion(item) is var (attempt, inclusion))
            {
                Included(item, attempt, inclusion);
                return;
            }

            _begun.Add(item.Job.Checkpoint);

            if (item.Inclusion is not null)
            {
                item = item with { Inclusion = null };
                Report(new PublicationOutcome.Removed(item.Job));
            }

            if (item.Nonce < view.Nonce)
            {
                NonceUsed(item);
                return;
            }

            item = item with { LostAt = null };
            if (item.Last.IsCancel || !IsMoot(item.Job))
            {
                Retry(item);
            }
            else
            {
                Withdraw(item, isLast);
            }
        }

        /// <summary>Begins publications that wait, as far as there is room and money.</summary>
        public void Begin()
        {
            int inFlight = Items.Count(item => item.Inclusion is null);
            UInt256 committed = default;
            foreach (LaneItem item in Items)
            {
                committed = item.Inclusion is null ? committed + MaxCost(item.Job, item.HighestFees) : committed;
            }

            foreach (PublicationJob job in view.Waiting)
            {
                if (!_begun.Add(job.Checkpoint))
                {
                    continue;
                }

                if (IsMoot(job))
                {
                    Report(view.Posted.Contains(job.Checkpoint) ? new PublicationOutcome.PostedElsewhere(job) : new PublicationOutcome.Expired(job));
                    continue;
                }

                if (inFlight >= policy.MaxInFlight)
                {
                    continue;
                }

                FeeBid fees = policy.Suggest(view.Market);
                if (!fees.Covers(view.Market, policy.MinTip))
                {
                    Actions.Add(new LaneAction.Alarm(new LaneAlarm.FeeCeiling(job.Slot, view.Market)));
                    continue;
                }

                committed += MaxCost(job, fees);
                if (committed > view.Balance)
                {
                    Actions.Add(new LaneAction.Alarm(new LaneAlarm.Unfunded(state.Publisher, view.Balance, committed)));
                    break;
                }

                ulong nonce = Items.Count == 0 ? view.Nonce : Math.Max(view.Nonce, Items[^1].Nonce + 1);
                Items.Add(new LaneItem(nonce, job, [new LaneAttempt(fees, IsCancel: false, view.Head.Number)]));
                Actions.Add(new LaneAction.Sign(nonce));
                inFlight++;
            }
        }

        private (LaneAttempt Attempt, Inclusion Inclusion)? FindInclusion(LaneItem item)
        {
            foreach (LaneAttempt attempt in item.Attempts)
            {
                if (attempt.Hash is { } hash && view.Included.TryGetValue(hash, out Inclusion? inclusion))
                {
                    return (attempt, inclusion);
                }
            }

            return null;
        }

        private void Included(LaneItem item, LaneAttempt attempt, Inclusion inclusion)
        {
            if (!inclusion.Succeeded && !attempt.IsCancel && (!IsMoot(item.Job) || IsFollowed(item)))
            {
                Refused(item, inclusion);
                return;
            }

            _begun.Add(item.Job.Checkpoint);
            if (inclusion.BlockNumber <= view.FinalizedNumber)
            {
                Report(attempt.IsCancel ? new PublicationOutcome.Expired(item.Job)
                    : inclusion.Succeeded ? new PublicationOutcome.Landed(item.Job, inclusion)
                    : new PublicationOutcome.Expired(item.Job, inclusion));
                return;
            }

            if (item.Inclusion != inclusion && !attempt.IsCancel)
            {
                Report(new PublicationOutcome.Mined(item.Job, inclusion));
            }

            Items.Add(item with { Inclusion = inclusion, LostAt = null });
        }

        /// <summary>The contract refused it when it was mined, and may take it later: another nonce is used for it. The item is kept while a reorg could give its own nonce back, and while no other tells of the end.</summary>
        private void Refused(LaneItem item, Inclusion inclusion)
        {
            if (item.Inclusion != inclusion)
            {
                Report(new PublicationOutcome.Refused(item.Job, inclusion));
            }

            if (inclusion.BlockNumber > view.FinalizedNumber || !IsFollowed(item))
            {
                Items.Add(item with { Inclusion = inclusion, LostAt = null });
            }
        }

        private bool IsFollowed(LaneItem item) => state.Items.Any(other => other.Job.Checkpoint == item.Job.Checkpoint && other.Nonce > item.Nonce);

        private void NonceUsed(LaneItem item)
        {
            ulong since = item.LostAt ?? view.Head.Number;
            if (view.Head.Number >= since + policy.LostBlocks)
            {
                Report(new PublicationOutcome.NonceTaken(item.Job, item.Nonce));
            }
            else
            {
                Items.Add(item with { LostAt = since });
            }
        }

        /// <summary>Signs, sends, sends again or replaces the newest attempt.</summary>
        private void Retry(LaneItem item)
        {
            LaneAttempt last = item.Last;
            if (last.Hash is null)
            {
                Items.Add(item);
                Actions.Add(new LaneAction.Sign(item.Nonce));
                return;
            }

            bool isDue = view.Head.Number >= (last.SentAt ?? last.DecidedAt) + policy.RetryBlocks;
            bool paysEnough = last.Fees.Covers(view.Market, policy.MinTip) && !last.IsUnderpriced;
            if (isDue && !paysEnough)
            {
                Replace(item, last.IsCancel);
                return;
            }

            Items.Add(item);
            if (isDue || last.SentAt is null)
            {
                Actions.Add(new LaneAction.Send(item.Nonce));
            }
        }

        /// <summary>Gives up a publication that is of no use any more.</summary>
        private void Withdraw(LaneItem item, bool isLast)
        {
            if (!item.MayBeSent && isLast)
            {
                Report(view.Posted.Contains(item.Job.Checkpoint) ? new PublicationOutcome.PostedElsewhere(item.Job) : new PublicationOutcome.Expired(item.Job));
                return;
            }

            Replace(item, isCancel: true);
        }

        private void Replace(LaneItem item, bool isCancel)
        {
            if (policy.Replace(item.HighestFees, view.Market) is { } fees)
            {
                Items.Add(item with { Attempts = item.Attempts.Add(new LaneAttempt(fees, isCancel, view.Head.Number)) });
                Actions.Add(new LaneAction.Sign(item.Nonce));
                return;
            }

            Items.Add(item);
            Actions.Add(new LaneAction.Alarm(new LaneAlarm.FeeCeiling(item.Job.Slot, view.Market)));

            // The pool may have lost it. A publication whose time has passed must not be sent again.
            if (item.Last.IsCancel == isCancel)
            {
                Actions.Add(new LaneAction.Send(item.Nonce));
            }
        }

        private bool IsMoot(PublicationJob job) => view.Head.Timestamp + policy.L1BlockTime >= job.Deadline || view.Posted.Contains(job.Checkpoint);

        private void Report(PublicationOutcome outcome) => Actions.Add(new LaneAction.Report(outcome));
    }
}
