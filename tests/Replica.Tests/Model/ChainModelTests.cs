using System.Collections.Immutable;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tests.Support;
using Cloud.Replica.Chain;
using Cloud.Replica.Statuses;
using Cloud.Settlement.L1Events;
using Cloud.Settlement.Simulation;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Replica.Tests.Model;

/// <summary>Random slots over a random L1: tips and statuses keep their promises whatever happens.</summary>
public sealed class ChainModelTests
{
    [Fact]
    public void Whatever_happens_tips_stay_in_order_no_status_goes_back_silently_and_no_transaction_is_lost() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            new Run(seed).Play(slots: 12);
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150));

    [Theory]
    [InlineData(2036271012)]
    public void A_run_in_which_a_transaction_came_back_while_L1_had_it_keeps_the_promises(int seed) => new Run(seed).Play(slots: 12);

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        Run first = new(7);
        Run second = new(7);
        first.Play(10);
        second.Play(10);
        Assert.Equal(first.Log, second.Log);
        Assert.NotEmpty(first.Log);
    }

    [Fact]
    public void The_model_meets_every_kind_of_event()
    {
        List<string> log = [];
        for (int seed = 0; seed < 60; seed++)
        {
            Run run = new(seed);
            run.Play(12);
            log.AddRange(run.Log);
        }

        foreach (string word in new[] { "SlotUnpublished", "CheckpointMissing", "L1Reorged", "CertifiedOtherwise", "CheckpointSkipped", "Finalized", "FetchCheckpoint" })
        {
            Assert.Contains(log, line => line.Contains(word, StringComparison.Ordinal));
        }
    }

    private sealed class Run(int seed)
    {
        private readonly TestRollup _rollup = new(members: 1);
        private readonly Random _random = new(seed);
        private readonly Dictionary<Hash256, TransactionStatus> _known = [];
        private readonly HashSet<Hash256> _index = [];
        private readonly Dictionary<Hash256, ImmutableArray<ChainChunk>> _published = [];
        private readonly HashSet<Hash256> _pool = [];
        private readonly TransactionStatuses _statuses = new();
        private ChainTips _tips = null!;
        private SimulatedL1 _l1 = null!;
        private DateTimeOffset _now;

        internal List<string> Log { get; } = [];

        internal void Play(ulong slots)
        {
            _tips = new ChainTips(_rollup.Timetable, new ChainStart(new BlockId(0, TestRollup.Digest("genesis block"))));
            _l1 = new SimulatedL1(_rollup.Timetable.Consensus, Hash256.Zero, new SimulatedL1Options
            {
                Seed = seed,
                MissedBlocks = 0.1,
                Lost = 0.1,
                Delayed = 0.3,
                Refused = 0.05,
                Reorgs = 0.1,
            });
            for (ulong slot = 1; slot <= slots; slot++)
            {
                Advance(_rollup.Timetable.Consensus.FrameStart(slot));
                Build(slot);
            }

            Advance(_rollup.Timetable.Consensus.SlotStart(slots + 12));
            CheckTransactions();
        }

        private void Build(ulong slot)
        {
            // A proposer may know less than this replica: then it builds beside the newest chunks.
            ChainChunk[] chain = [.. _tips.Chunks];
            int behind = _random.Next(6) == 0 ? _random.Next(1, 3) : 0;
            ChainChunk? parent = chain.Length > behind && chain[^(behind + 1)].Block.Number >= _tips.Tips.Checkpointed.Number ? chain[^(behind + 1)] : chain.LastOrDefault();
            if (parent is null && _tips.Floor.Number > 0)
            {
                return;
            }

            int count = _random.Next(1, 6);
            List<ChainChunk> chunks = [];

            // A nonce is used once on a branch, so that no transaction is twice on it.
            HashSet<Hash256> below = [.. _index, .. chain.Where(chunk => parent is not null && chunk.Block.Number <= parent.Block.Number).SelectMany(chunk => chunk.Transactions)];
            for (uint index = 0; index < count; index++)
            {
                ChunkHeader header = _rollup.Header(slot, index, (chunks.Count > 0 ? chunks[^1] : parent)?.Header.Block, isLast: index == count - 1);
                Hash256[] returned = [.. _pool.Order().Where(transaction => !below.Contains(transaction) && !chunks.Exists(chunk => chunk.Transactions.Contains(transaction))).Take(2)];
                header = new ChunkHeader(slot, header.Producer, index, header.IsLast, header.InHash, header.Block, [.. returned, .. header.Transactions]);
                chunks.Add(ChainChunk.Of(header));
                Advance(_rollup.During(slot, index));
                foreach (Hash256 transaction in header.Transactions)
                {
                    Note(_statuses.Accepted(transaction, _now).Changes);
                }

                bool isLost = _random.Next(25) == 0;
                if (!isLost)
                {
                    Take(_tips.Executed(chunks[^1], _now));
                }

                if (_random.Next(12) == 0)
                {
                    Twin(slot, index, chunks.Count > 1 ? chunks[^2] : parent);
                }

                if (_random.Next(4) != 0)
                {
                    Take(_tips.Certified(_rollup.Certify(header)));
                }
            }

            Publish(slot, chunks);
        }

        private void Twin(ulong slot, uint index, ChainChunk? parent)
        {
            ChunkHeader twin = _rollup.Header(slot, index, parent?.Header.Block, "twin", transactions: 1);
            Note(_statuses.Accepted(twin.Transactions[0], _now).Changes);
            Take(_tips.Executed(ChainChunk.Of(twin), _now));
            Take(_tips.Certified(_rollup.Certify(twin)));
        }

        private void Publish(ulong slot, List<ChainChunk> chunks)
        {
            if (_random.Next(8) == 0)
            {
                return;
            }

            CandidateChunk[] candidates = [.. chunks.Select(chunk => new CandidateChunk(chunk.Header, chunk.Block.Hash, ChunkStanding.Certified))];
            Hash256 below = _published.Where(published => published.Value[^1].Block.Hash == chunks[0].Header.Block.ParentHash).Select(published => published.Key).FirstOrDefault();
            CheckpointHeader header = CheckpointAssembly.HeaderOf(_rollup.Timetable.Consensus, below, candidates, Hash256.Zero);
            _published[header.Hash] = [.. chunks];
            Take(_tips.CheckpointProposed(header));
            if (_random.Next(8) != 0)
            {
                DateTimeOffset start = _rollup.Timetable.Consensus.SlotStart(slot);
                AttestationVerdict verdict = _random.Next(12) == 0 ? AttestationVerdict.Insufficient : AttestationVerdict.Valid;
                _l1.Send(new CheckpointPublication(header, null, [], start, start), verdict);
            }
        }

        private void Advance(DateTimeOffset until)
        {
            while (_l1.NextBlock <= until)
            {
                _now = Max(_now, _l1.NextBlock);
                foreach (L1Update update in _l1.Advance(_now))
                {
                    Take(_tips.Observe(update));
                }

                Take(_tips.Tick(_now));
                if (_tips.FirstSkipped is { } bad && _random.Next(2) == 0)
                {
                    _l1.Invalidate(bad);
                }
            }

            _now = Max(_now, until);
            Take(_tips.Tick(_now));
        }

        private void Take(ChainStep step)
        {
            foreach (ChainEffect effect in step.Effects)
            {
                Log.Add($"{effect.GetType().Name} {effect switch
                {
                    ChainEffect.Pruned pruned => $"{pruned.Slot} {pruned.Reason.GetType().Name}",
                    ChainEffect.FellBack fall => $"{fall.Lost} {fall.Reason.GetType().Name}",
                    ChainEffect.TipMoved moved => $"{moved.Tip} {moved.To}",
                    _ => string.Empty,
                }}");
                Note(_statuses.Apply(effect, _now));
                if (effect is ChainEffect.Settled settled)
                {
                    _index.UnionWith(settled.Chunks.SelectMany(chunk => chunk.Transactions));
                }

                if (effect is ChainEffect.Reinject reinject)
                {
                    _pool.UnionWith(reinject.Transactions);
                }

                if (effect is ChainEffect.Reached { Tip: Tip.Proposed } reached)
                {
                    _pool.ExceptWith(reached.Chunks.SelectMany(chunk => chunk.Transactions));
                }
            }

            CheckTips();
            foreach (ChainEffect.FetchCheckpoint fetch in step.Effects.OfType<ChainEffect.FetchCheckpoint>())
            {
                foreach (ChainChunk chunk in _published[fetch.Header.Hash])
                {
                    Take(_tips.Executed(chunk, _now));
                }
            }
        }

        private void Note(ImmutableArray<StatusChange> changes)
        {
            foreach (StatusChange change in changes)
            {
                int before = _known.TryGetValue(change.Transaction, out TransactionStatus? known) ? known.Level : 0;
                Assert.True(change.Status.Level > before || change.Broken is not null, $"{known} to {change.Status} without a reason");
                _known[change.Transaction] = change.Status;
            }
        }

        private void CheckTips()
        {
            TipSet tips = _tips.Tips;
            Assert.True(tips.Finalized.Number <= tips.Proven.Number && tips.Proven.Number <= tips.Checkpointed.Number);
            Assert.True(tips.Checkpointed.Number <= tips.Attested.Number && tips.Attested.Number <= tips.Proposed.Number);
            BlockId below = _tips.Floor;
            foreach (ChainChunk chunk in _tips.Chunks)
            {
                Assert.Equal((below.Number + 1, below.Hash), (chunk.Block.Number, chunk.Header.Block.ParentHash));
                below = chunk.Block;
            }

            Assert.Equal(below, tips.Proposed);

            // L1 wins: the checkpointed tip is the end of a checkpoint on L1, or where memory starts.
            Assert.True(
                tips.Checkpointed == _tips.Floor || _tips.Landed.Any(landed => landed.Skipped is null && landed.LastBlock == tips.Checkpointed),
                "the checkpointed tip is not on L1");
        }

        private void CheckTransactions()
        {
            HashSet<Hash256> inChain = [.. _tips.Chunks.SelectMany(chunk => chunk.Transactions)];
            foreach ((Hash256 transaction, TransactionStatus status) in _known)
            {
                bool isFinal = _index.Contains(transaction);
                bool isPending = _statuses.Find(transaction)?.Status is TransactionStatus.Pending;
                bool isHere = inChain.Contains(transaction);
                Assert.True((isFinal ? 1 : 0) + (isPending ? 1 : 0) + (isHere ? 1 : 0) == 1, $"{transaction}: {status}, final {isFinal}, pending {isPending}, in chain {isHere}");
                Assert.Equal(isFinal, status is TransactionStatus.Finalized);
            }
        }

        private static DateTimeOffset Max(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;
    }
}
