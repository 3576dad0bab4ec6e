using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;
using Cloud.Settlement.Publishing;

namespace Cloud.Settlement.Tests.Publishing;

/// <summary>The lane against a model of L1 with every fault, and a process that dies between any two steps.</summary>
[Trait("Category", "Simulation")]
public sealed class PublicationSimulationTests(ITestOutputHelper output)
{
    private const ulong BlocksPerSlot = 3;

    [Theory]
    [InlineData(0.0, 20)]
    [InlineData(0.2, 120)]
    [InlineData(0.6, 50)]
    public void Every_certified_checkpoint_lands_once_or_is_reported_expired_and_nothing_is_paid_twice(double faults, int seeds)
    {
        int landed = 0;
        int expired = 0;
        int crashes = 0;
        for (int seed = 0; seed < seeds; seed++)
        {
            Run run = new(seed, faults, slots: 200);
            run.Play();
            landed += run.Count<PublicationOutcome.Landed>();
            expired += run.Count<PublicationOutcome.Expired>();
            crashes += run.Crashes;
        }

        output.WriteLine($"faults {faults}: {landed} landed, {expired} expired, {crashes} crashes");
        Assert.True(faults == 0 ? expired == 0 : crashes > seeds, $"{expired} expired, {crashes} crashes");
        Assert.True(landed > 200 * seeds * (faults > 0.5 ? 0.5 : 0.9), $"{landed} landed of {200 * seeds}");
    }

    private sealed class Run(int seed, double faults, ulong slots)
    {
        private readonly Random _random = new(seed);
        private readonly ModelL1 _l1 = new(new Random(seed + 1_000_000), faults);
        private readonly PublishingPolicy _policy = new() { MaxInFlight = 2 };
        private readonly Dictionary<Hash256, PublicationJob> _waiting = [];
        private readonly Dictionary<Hash256, ModelL1.Sent> _signed = [];
        private readonly Dictionary<Hash256, PublicationOutcome> _ended = [];
        private LaneState _stored = LaneState.Empty(default);
        private ulong _signatures;

        public int Crashes { get; private set; }

        public int Count<T>() => _ended.Values.Count(outcome => outcome is T);

        public void Play()
        {
            List<PublicationJob> jobs = [];
            for (ulong block = 0; block < (slots * BlocksPerSlot) + 60; block++)
            {
                if (block % BlocksPerSlot == 0 && block / BlocksPerSlot < slots)
                {
                    // Posted from its slot's start; refused from the next slot's start.
                    ulong slot = block / BlocksPerSlot;
                    PublicationJob job = new(Keccak256.Hash(BitConverter.GetBytes(slot)), slot, _l1.Head.Timestamp + 1 + ((BlocksPerSlot + 1) * ModelL1.BlockTime), 70_000, 3);
                    jobs.Add(job);
                    _waiting.Add(job.Checkpoint, job);
                }

                for (int looks = _random.Next(1, 3); looks > 0; looks--)
                {
                    try
                    {
                        Look();
                    }
                    catch (CrashException)
                    {
                        Crashes++;
                    }
                }

                _l1.Step();
            }

            Check(jobs);
        }

        private void Look()
        {
            // An endpoint that does not answer: nothing is decided.
            if (_random.NextDouble() < faults / 2)
            {
                return;
            }

            ImmutableDictionary<Hash256, Inclusion> included = _stored.Items.SelectMany(item => item.Attempts)
                .Where(attempt => attempt.Hash is { } hash && _l1.Find(hash) is not null)
                .ToImmutableDictionary(attempt => attempt.Hash!.Value, attempt => _l1.Find(attempt.Hash!.Value)!);
            LaneView view = new(
                _l1.Head, _l1.Finalized, _l1.Nonce, UInt256.MaxValue, _l1.Market, included, _l1.Posted, [.. _waiting.Values.OrderBy(job => job.Slot)]);
            LaneDecision decision = PublicationLane.Decide(_stored, view, _policy);
            MayCrash();

            // One write: the state and the reports.
            _stored = decision.State;
            foreach (LaneAction.Report report in decision.Actions.OfType<LaneAction.Report>())
            {
                Take(report.Outcome);
            }

            MayCrash();
            foreach (LaneAction action in decision.Actions)
            {
                switch (action)
                {
                    case LaneAction.Sign(ulong nonce):
                        Sign(nonce);
                        Send(nonce);
                        break;
                    case LaneAction.Send(ulong nonce):
                        Send(nonce);
                        break;
                }
            }
        }

        private void Sign(ulong nonce)
        {
            LaneItem item = _stored.Items.Single(item => item.Nonce == nonce);

            // A remote signer may give another signature, so another hash, for the same transaction each time.
            Hash256 hash = Keccak256.Hash([.. BitConverter.GetBytes(nonce), .. BitConverter.GetBytes(++_signatures)]);
            _signed[hash] = new ModelL1.Sent(hash, nonce, item.Job.Checkpoint, item.Last.IsCancel, item.Last.Fees, item.Job.Deadline);
            MayCrash();
            _stored = PublicationLane.Signed(_stored, nonce, hash);
            MayCrash();
        }

        private void Send(ulong nonce)
        {
            Hash256 hash = _stored.Items.Single(item => item.Nonce == nonce).Last.Hash!.Value;
            double fault = _random.NextDouble() / Math.Max(faults, 0.0001);
            if (fault < 0.1)
            {
                return;
            }

            SendOutcome outcome = _l1.Send(_signed[hash]);
            MayCrash();
            if (fault < 0.2)
            {
                return;
            }

            (_stored, _) = PublicationLane.Sent(_stored, nonce, hash, _l1.Head.Number, outcome);
            MayCrash();
        }

        private void Take(PublicationOutcome outcome)
        {
            switch (outcome)
            {
                case PublicationOutcome.Mined or PublicationOutcome.Removed or PublicationOutcome.Refused:
                    break;
                case PublicationOutcome.NonceTaken:
                    Assert.Fail($"seed {seed}: nobody else uses the key");
                    break;
                default:
                    Assert.True(_ended.TryAdd(outcome.Job.Checkpoint, outcome), $"seed {seed}: slot {outcome.Job.Slot} ended twice");
                    _waiting.Remove(outcome.Job.Checkpoint);
                    break;
            }
        }

        private void Check(List<PublicationJob> jobs)
        {
            ILookup<Hash256, Inclusion> paid = _l1.Mined.Where(mined => !mined.Transaction.IsCancel).ToLookup(mined => mined.Transaction.Checkpoint, mined => mined.Where);
            foreach (PublicationJob job in jobs)
            {
                Assert.True(_ended.TryGetValue(job.Checkpoint, out PublicationOutcome? outcome), $"seed {seed}: nothing became of slot {job.Slot}");
                Assert.True(paid[job.Checkpoint].Count() <= 1, $"seed {seed}: slot {job.Slot} was paid {paid[job.Checkpoint].Count()} times");
                bool onChain = paid[job.Checkpoint].Any(where => where.Succeeded);
                Assert.True(onChain == outcome is PublicationOutcome.Landed, $"seed {seed}: slot {job.Slot} is {(onChain ? "" : "not ")}on L1, reported {outcome}");
            }

            Assert.Empty(_stored.Items);
        }

        private void MayCrash()
        {
            if (_random.NextDouble() < faults / 20)
            {
                throw new CrashException();
            }
        }
    }
}
