using System.Globalization;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Slots;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Time;
using Cloud.Replica.Events;
using Cloud.Simulation.Tests.Support;
using Cloud.Simulator;

namespace Cloud.Simulation.Tests.Catalogue;

/// <summary>Numbers 24 to 29 of building-in-chunks, section 7, by a committee that runs: what the timetable says is when things happen. Its arithmetic is in Protocol.Tests.</summary>
[Trait("Category", "Simulation")]
public sealed class TimetableScenarios
{
    // Seven chunks that end 9, 17 ... 57 s into the frame.
    private static readonly PipelineSetup SevenChunks = new()
    {
        Profile = TimingProfile.Pipelined,
        Slot = TimeSpan.FromSeconds(72),
        Chunk = TimeSpan.FromSeconds(8),
        L1Slot = TimeSpan.FromSeconds(12),
        Budgets = LocalBudgets.Network with { FlashblockInterval = TimeSpan.FromSeconds(1) },
    };

    [Theory]
    [InlineData(4, 2)]
    [InlineData(8, 4)]
    [InlineData(12, 6)]
    [InlineData(1, 1)]
    public void Case_24_A_slot_is_begun_its_length_and_half_an_L1_slot_before_it_is_published(int l1Slot, int lead) => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(12);
            await pipeline.UntilSlot(3);

            // The very first slot as any other: a chunk each three seconds, from the lead and a slot's length before the slot on L1 begins.
            for (ulong slot = 0; slot < 3; slot++)
            {
                DateTimeOffset frame = pipeline.Timetable.SlotStart(slot) - TimeSpan.FromSeconds(24 + lead);
                Assert.Equal("3.1 6.1 9.1 12.1 15.1 18.1", string.Join(' ', Sealed(pipeline, slot).Select(at => Text(at - frame))));
            }

            await pipeline.SettleAsync();
            Assert.Equal(
                [0UL, 1UL, 2UL],
                pipeline.Landed().Select(landed => landed.Header.Slot).Take(3));
        },
        new PipelineSetup { Profile = TimingProfile.Pipelined, Slot = TimeSpan.FromSeconds(24), L1Slot = TimeSpan.FromSeconds(l1Slot) });

    [Fact]
    public void Case_25_A_proposer_on_time_builds_all_seven_chunks_each_until_its_deadline() => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(144);
            await pipeline.UntilSlot(3);
            Assert.Equal("9 17 25 33 41 49 57", InFrame(pipeline, 2));
            Assert.Equal([0U, 1U, 2U, 3U, 4U, 5U, 6U], pipeline.Events(0).OfType<ReplicaEvent.ChunkExecuted>().Where(executed => executed.Block.Slot == 2).Select(executed => executed.Block.Proposal!.Header.Index));
            await pipeline.SettleAsync();
        },
        SevenChunks);

    [Theory]
    [InlineData(40, "49 57")]
    [InlineData(58, "")]
    public void Case_26_A_proposer_that_starts_late_builds_the_chunks_that_are_left(int seconds, string deadlines) => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(144);
            await pipeline.UntilSlot(2, TimeSpan.FromSeconds(-3));
            for (int silo = 0; silo < 3; silo++)
            {
                pipeline.Kill(silo);
            }

            await pipeline.UntilSlot(2, TimeSpan.FromSeconds(seconds - 1));
            for (int silo = 0; silo < 3; silo++)
            {
                await pipeline.Restart(silo);
            }

            await pipeline.UntilSlot(3);
            Assert.Equal(deadlines, InFrame(pipeline, 2));
            await pipeline.SettleAsync();
        },
        SevenChunks);

    [Theory]
    [InlineData(10, "11 17 25 33 41 49 57")]
    [InlineData(49, "50 57")]
    [InlineData(60, "61")]
    public void Case_27_A_chunk_that_takes_too_long_costs_the_windows_it_covers_and_moves_no_deadline(int seconds, string deadlines) => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(144);
            pipeline.SignsAfter = duty => duty == Duty.ChunkProposal(2, 0) ? TimeSpan.FromSeconds(seconds - 8) : TimeSpan.Zero;
            await pipeline.UntilSlot(3);
            Assert.Equal(deadlines, InFrame(pipeline, 2));
            await pipeline.SettleAsync();
        },
        SevenChunks);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Case_28_The_last_chunk_leaves_a_chunks_time_for_its_re_execution_also_where_each_takes_a_second_too_long(int seconds) => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(144);
            pipeline.SignsAfter = duty => duty.Kind == MessageKind.ChunkProposal && duty.Slot == 2 ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
            await pipeline.UntilSlot(4);
            DateTimeOffset[] chunks = Sealed(pipeline, 2);
            Assert.InRange(chunks.Length, 6, 7);
            Assert.True(pipeline.Timetable.AttestationDeadline(2) - chunks[^1] >= SevenChunks.Chunk);
            Assert.True(pipeline.Settings.Timetable.Deadlines(2).ValidationDone - chunks[^1] >= SevenChunks.Chunk);
            SlotView view = (await pipeline.Grains.Slot(2).View())!;
            Assert.NotNull(view.Certificate);
            Assert.Empty(view.Missing);
            await pipeline.SettleAsync();
        },
        SevenChunks);

    [Theory]
    [InlineData(3, "9 17 25")]
    [InlineData(24, "9 17 25 33 41 49 57")]
    public void Case_29_The_networks_cap_ends_a_slot_sooner_and_never_later(int cap, string deadlines) => PipelineTest.Run(
        async pipeline =>
        {
            pipeline.Load(144);
            await pipeline.UntilSlot(3);
            Assert.Equal(deadlines, InFrame(pipeline, 2));
            Assert.Single(pipeline.Events(0).OfType<ReplicaEvent.ChunkExecuted>(), executed => executed.Block.Slot == 2 && executed.Block.Proposal!.Header.IsLast);
            await pipeline.SettleAsync();
        },
        SevenChunks with { MaxChunksPerSlot = cap });

    private static DateTimeOffset[] Sealed(SimulatedPipeline pipeline, ulong slot) =>
        [.. pipeline.Signed.Where(signed => signed.Duty.Kind == MessageKind.ChunkProposal && signed.Duty.Slot == slot).Select(signed => signed.At).Order()];

    private static string InFrame(SimulatedPipeline pipeline, ulong slot) => string.Join(' ', Sealed(pipeline, slot).Select(at => Text(at - pipeline.Timetable.FrameStart(slot))));

    // Messages between grains take a millisecond or two.
    private static string Text(TimeSpan time) => time.TotalSeconds.ToString("0.##", CultureInfo.InvariantCulture);
}
