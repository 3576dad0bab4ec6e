using System.Collections.Immutable;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tests.Support;
using Cloud.Replica.Chain;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Tests.Chain;

/// <summary>Drives <see cref="ChainTips"/> with whole slots and L1 blocks. After every step it checks what must always hold.</summary>
internal sealed class ChainDriver
{
    private readonly List<(L1BlockRef Id, DateTimeOffset At)> _l1 = [];
    private int _fork;

    internal ChainDriver(ChainOptions? options = null, int members = 4)
    {
        Rollup = new TestRollup(members);
        Tips = new ChainTips(Rollup.Timetable, new ChainStart(new BlockId(0, TestRollup.Digest("genesis block"))), options);
        Now = Rollup.Timetable.Consensus.FrameStart(0);
    }

    internal TestRollup Rollup { get; }

    internal ChainTips Tips { get; }

    internal DateTimeOffset Now { get; set; }

    internal List<ChainEffect> Effects { get; } = [];

    internal L1BlockRef L1Head => _l1[^1].Id;

    internal IEnumerable<ChainEffect.Pruned> Pruned => Effects.OfType<ChainEffect.Pruned>();

    internal static ImmutableArray<ChainChunk> Chain(ImmutableArray<ChunkHeader> headers) => [.. headers.Select(ChainChunk.Of)];

    internal ImmutableArray<ChainChunk> Slot(ulong slot, int chunks, ChainChunk? parent = null, string variant = "") =>
        Chain(Rollup.Chunks(slot, chunks, parent?.Header.Block, variant));

    /// <summary>Executes chunks while their slot runs.</summary>
    internal void Execute(params ReadOnlySpan<ChainChunk> chunks)
    {
        foreach (ChainChunk chunk in chunks)
        {
            Now = Max(Now, Rollup.During(chunk.Slot, chunk.Index));
            Assert.IsType<ChainOutcome.Accepted>(Apply(tips => tips.Executed(chunk, Now)));
        }
    }

    internal void Certify(params ReadOnlySpan<ChainChunk> chunks)
    {
        foreach (ChainChunk chunk in chunks)
        {
            Assert.IsType<ChainOutcome.Accepted>(Apply(tips => tips.Certified(Rollup.Certify(chunk.Header))));
        }
    }

    internal CheckpointHeader Checkpoint(ReadOnlySpan<ChainChunk> chunks, Hash256 parent = default)
    {
        List<CandidateChunk> candidates = [];
        foreach (ChainChunk chunk in chunks)
        {
            candidates.Add(new CandidateChunk(chunk.Header, chunk.Block.Hash, ChunkStanding.Certified));
        }

        return CheckpointAssembly.HeaderOf(Rollup.Timetable.Consensus, parent, candidates.ToArray(), Hash256.Zero);
    }

    internal CheckpointHeader Propose(ReadOnlySpan<ChainChunk> chunks, Hash256 parent = default)
    {
        CheckpointHeader header = Checkpoint(chunks, parent);
        Assert.IsType<ChainOutcome.Accepted>(Apply(tips => tips.CheckpointProposed(header)));
        return header;
    }

    /// <summary>Adds an L1 block at a time after genesis.</summary>
    internal L1BlockRef L1(double seconds, params ImmutableArray<RollupChange> changes)
    {
        DateTimeOffset at = TestRollup.Genesis.AddSeconds(seconds);
        Now = Max(Now, at);
        ulong number = _l1.Count == 0 ? 100 : L1Head.Number + 1;
        L1BlockRef id = new(number, TestRollup.Digest($"l1 {number} {_fork}"));
        Hash256 parent = _l1.Count == 0 ? TestRollup.Digest("l1 start") : L1Head.Hash;
        _l1.Add((id, at));
        Assert.IsType<ChainOutcome.Accepted>(Apply(tips => tips.Observe(new L1Update.Block(id, parent, at, changes))));
        return id;
    }

    internal void Reorg(int depth)
    {
        _l1.RemoveRange(_l1.Count - depth, depth);
        _fork++;
        Assert.IsType<ChainOutcome.Accepted>(Apply(tips => tips.Observe(new L1Update.Reorged(L1Head))));
    }

    internal static RollupChange Landed(ulong number, CheckpointHeader header, AttestationVerdict verdict = AttestationVerdict.Valid) =>
        new RollupChange.CheckpointLanded(number, header, verdict);

    internal ChainOutcome Apply(Func<ChainTips, ChainStep> input)
    {
        ChainStep step = input(Tips);
        Effects.AddRange(step.Effects);
        CheckInvariants();
        return step.Outcome;
    }

    internal ChainOutcome Tick() => Apply(tips => tips.Tick(Now));

    internal void CheckInvariants()
    {
        TipSet tips = Tips.Tips;
        Assert.True(tips.Finalized.Number <= tips.Proven.Number, "finalized <= proven");
        Assert.True(tips.Proven.Number <= tips.Checkpointed.Number, "proven <= checkpointed");
        Assert.True(tips.Checkpointed.Number <= tips.Attested.Number, "checkpointed <= attested");
        Assert.True(tips.Attested.Number <= tips.Proposed.Number, "attested <= proposed");
        BlockId below = Tips.Floor;
        foreach (ChainChunk chunk in Tips.Chunks)
        {
            Assert.Equal(below.Number + 1, chunk.Block.Number);
            Assert.Equal(below.Hash, chunk.Header.Block.ParentHash);
            below = chunk.Block;
        }

        Assert.Equal(below, tips.Proposed);
        foreach (Tip tip in Enum.GetValues<Tip>())
        {
            if (tips[tip].Number > Tips.Floor.Number)
            {
                Assert.Contains(Tips.Chunks, chunk => chunk.Block == tips[tip]);
            }
        }
    }

    private static DateTimeOffset Max(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;
}
