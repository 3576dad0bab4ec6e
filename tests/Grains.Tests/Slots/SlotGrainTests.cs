using System.Collections.Concurrent;
using System.Collections.Immutable;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Interfaces.Slots;
using Cloud.Grains.Tests.Chunks;
using Cloud.Grains.Tests.Support;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Tests.Slots;

public sealed class SlotGrainTests(PipelineCluster cluster) : IClassFixture<PipelineCluster>
{
    private readonly TestRollup _rollup = cluster.Rollup;

    private ISlotGrain Grain => cluster.Client.Slot(TestRollup.Slot);

    [Fact]
    public async Task A_silo_is_told_of_chunks_certificates_and_the_checkpoint_and_a_late_one_is_shown_them()
    {
        Silo silo = new();
        ISiloFeed feed = cluster.Client.CreateObjectReference<ISiloFeed>(silo);
        Assert.NotNull(await Grain.Enter("one", feed));
        ChunkProposal first = _rollup.Propose(0);
        ChunkProposal last = _rollup.Propose(1, isLast: true);
        await cluster.Client.Chunk(TestRollup.Slot, 0).Propose(first);
        await cluster.Client.Chunk(TestRollup.Slot, 0).Attest([.. _rollup.Committee.Members.Select(member => _rollup.Attest(member, first.Header))]);
        CheckpointProposal checkpoint = _rollup.ProposeCheckpoint([first, last], holdsLast: true);
        Assert.Equal(MessageOutcome.Accepted, (await Grain.Propose(checkpoint)).Outcome);
        BatchReply reply = await Grain.Attest([.. _rollup.Committee.Members.Take(3).Select(member => _rollup.Attest(member, checkpoint.Header))]);
        Assert.True(reply.IsCertified);
        await ChunkGrainTests.Until(() => Task.FromResult(silo.Notes.Distinct().Count() >= 5));
        Assert.Equal(
            ["certified 0", "checkpoint", "checkpoint certified", "chunk 0", "chunk 1"], silo.Notes.Distinct().Order(StringComparer.Ordinal));
        SlotView view = (await Grain.Enter("two", feed))!;
        Assert.Equal([first.Header.Hash, last.Header.Hash], view.Chunks.Select(notice => notice.ChunkHash));
        Assert.Equal(first.Header.Hash, view.Certificates.Single().ChunkHash);
        Assert.IsType<CertificateCheck.Valid>(view.Certificate!.Check(_rollup.Settings.Domains, _rollup.Committee));
        Assert.Equal([_rollup.Committee.Members[3]], view.Missing);
        Assert.Equal(MessageOutcome.Late, (await Grain.Attest([_rollup.Attest(_rollup.Committee.Members[3], checkpoint.Header)])).Replies[0].Outcome);

        // The last chunk travelled in the checkpoint, and its grain has it.
        Assert.Equal(last, (await cluster.Client.Chunk(TestRollup.Slot, 1).Pull())!.Proposals.Single());
        Assert.Equal(MessageOutcome.Equivocation, (await Grain.Propose(_rollup.ProposeCheckpoint([first, last], "other"))).Outcome);
        await ChunkGrainTests.Until(async () => (await cluster.Client.Slasher().Faults()).Any(fault => fault.Offence == Offence.DuplicateCheckpointProposal));
        GC.KeepAlive(silo);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(long.MaxValue)]
    public async Task A_slot_that_is_none_or_far_ahead_cannot_be_entered(long slot)
    {
        Silo silo = new();
        ISlotGrain grain = cluster.Client.GetGrain<ISlotGrain>(slot);
        Assert.Null(await grain.Enter("one", cluster.Client.CreateObjectReference<ISiloFeed>(silo)));
        Assert.Null(await grain.View());
        Assert.Equal(MessageOutcome.NoSuchPosition, (await grain.Propose(_rollup.ProposeCheckpoint([_rollup.Propose(0)]))).Outcome);
        GC.KeepAlive(silo);
    }

    [Fact]
    public async Task The_next_slot_can_be_entered_before_it_is_built()
    {
        Silo silo = new();
        SlotView view = (await cluster.Client.Slot(TestRollup.Slot + 1).Enter("one", cluster.Client.CreateObjectReference<ISiloFeed>(silo)))!;
        Assert.Equal(_rollup.Committee.ProposerAt(TestRollup.Slot + 1), view.Proposer);
        GC.KeepAlive(silo);
    }

    [Fact]
    public async Task Of_a_flood_of_notices_and_silos_no_more_is_kept_than_its_place_allows()
    {
        ISlotGrain grain = cluster.Client.Slot(TestRollup.Slot + 1);
        uint chunks = (uint)_rollup.Settings.Timetable.Consensus.Timing.MaxChunksPerSlot;
        for (int i = 0; i < 10; i++)
        {
            await grain.Announce(new ChunkNotice(TestRollup.Slot + 1, 0, TestRollup.Digest($"chunk {i}"), TestRollup.Digest($"block {i}")));
            await grain.Announce(new ChunkNotice(TestRollup.Slot + 1, chunks + (uint)i, TestRollup.Digest($"chunk {i}"), TestRollup.Digest($"block {i}")));
            await grain.Announce(new ChunkNotice(TestRollup.Slot + 2, 1, TestRollup.Digest($"chunk {i}"), TestRollup.Digest($"block {i}")));
        }

        Assert.Equal([TestRollup.Digest("chunk 0"), TestRollup.Digest("chunk 1")], (await grain.View())!.Chunks.Select(notice => notice.ChunkHash));
        Silo known = new();
        Silo late = new();
        ISiloFeed feed = cluster.Client.CreateObjectReference<ISiloFeed>(known);
        for (int i = 0; i < FeedLimits.MaxSilos; i++)
        {
            await grain.Enter(i == 0 ? "one" : $"silo {i}", feed);
        }

        // One too many is shown the slot, and told of nothing; one that is there may come again.
        Assert.NotNull(await grain.Enter("one too many", cluster.Client.CreateObjectReference<ISiloFeed>(late)));
        Silo again = new();
        await grain.Enter("one", cluster.Client.CreateObjectReference<ISiloFeed>(again));
        known.Notes.Clear();
        await grain.Announce(new ChunkNotice(TestRollup.Slot + 1, 1, TestRollup.Digest("chunk"), TestRollup.Digest("block")));
        await ChunkGrainTests.Until(() => Task.FromResult(known.Notes.Count >= FeedLimits.MaxSilos - 1 && !again.Notes.IsEmpty));
        Assert.Empty(late.Notes);
        GC.KeepAlive(known);
        GC.KeepAlive(late);
        GC.KeepAlive(again);
    }

    private sealed class Silo : ISiloFeed
    {
        public ConcurrentQueue<string> Notes { get; } = new();

        public Task Announce(ChunkNotice notice) => Note($"chunk {notice.Index}");

        public Task Certified(ChunkCertificate certificate) => Note($"certified {certificate.Index}");

        public Task Proposed(CheckpointProposal proposal) => Note("checkpoint");

        public Task Certified(CheckpointCertificate certificate) => Note("checkpoint certified");

        public Task<ImmutableArray<byte[]>> PullBodies(ImmutableArray<Hash256> hashes) => Task.FromResult<ImmutableArray<byte[]>>([]);

        public Task<ImmutableArray<Flashblock>> PullFlashblocks(ulong slot, uint chunk, uint from) => Task.FromResult<ImmutableArray<Flashblock>>([]);

        private Task Note(string note)
        {
            Notes.Enqueue(note);
            return Task.CompletedTask;
        }
    }
}
