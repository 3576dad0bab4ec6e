using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Publishing;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Publishing;

[Collection(OwnAnvilCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class PublisherTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_checkpoint_is_posted_once_and_ends_as_landed_when_its_block_is_final()
    {
        await using PublisherWorld world = await PublisherWorld.StartAsync(1, 0);
        await world.MineAsync(world.StartOf(1));
        CheckpointHeader header = await world.EnqueueAsync(1, default);
        await world.TickAsync();
        await world.EnqueueAsync(1, default);
        await world.MineAsync();
        await world.TickAsync();
        Assert.Equal(header.Hash, Assert.IsType<PublicationOutcome.Mined>(Assert.Single(world.Outcomes)).Job.Checkpoint);
        Assert.Equal(header.Hash, world.Watcher.State.Pending.Record.PayloadHash);
        for (int i = 0; i < 8; i++)
        {
            await world.MineAsync();
            await world.TickAsync();
        }

        PublicationRecord record = Assert.Single((await world.LedgerAsync()).History);
        Assert.Equal((PublicationEnd.Landed, 1), (record.End, record.Attempts.Length));
        Assert.Contains(world.Publisher.Keys, key => key.Publisher == record.Publisher);
        Assert.Empty((await world.LedgerAsync()).Queue);
        Assert.All(world.Publisher.Keys, key => Assert.True(key.Runway > 50));
    }

    [Fact]
    public async Task A_publication_that_the_contract_would_refuse_is_never_sent()
    {
        await using PublisherWorld world = await PublisherWorld.StartAsync(2, 0);
        await world.MineAsync(world.StartOf(2));
        await world.EnqueueAsync(2, default);
        await world.TickAsync();
        await world.MineAsync();

        // The same slot again, on top of the first one.
        Hash256 parent = (await world.LedgerAsync()).Queue[0].Job.Checkpoint;
        await world.TickAsync();
        await world.EnqueueAsync(2, parent);
        await world.TickAsync();
        PublicationRecord record = (await world.LedgerAsync()).History[^1];
        Assert.Equal((PublicationEnd.PostedElsewhere, 0), (record.End, record.Attempts.Length));
        Assert.StartsWith("SlotNotAfterTip", record.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_too_early_waits_and_what_is_too_late_expires_unsent()
    {
        await using PublisherWorld world = await PublisherWorld.StartAsync(3, 0);
        await world.MineAsync(world.StartOf(3));
        await world.EnqueueAsync(4, default);
        await world.TickAsync();
        Assert.All((await world.LedgerAsync()).Lanes, lane => Assert.Empty(lane.Items));
        await world.MineAsync(world.StartOf(5));
        await world.TickAsync();
        Assert.IsType<PublicationOutcome.Expired>(Assert.Single(world.Outcomes));
    }

    [Fact]
    public async Task What_is_mined_before_its_slot_opens_is_posted_again_when_it_has_opened()
    {
        await using PublisherWorld world = await PublisherWorld.StartAsync(6, 0, policy: new PublishingPolicy { MaxWaitBlocks = 0 });
        ulong slot = world.NextSlot + 1;
        await world.MineAsync(world.StartOf(slot) - PublisherWorld.BlockTime);
        CheckpointHeader header = await world.EnqueueAsync(slot, default);
        await world.TickAsync();

        // A block that comes early: the contract refuses what was to be in the one after it.
        await world.MineAsync(world.StartOf(slot) - 5);
        await world.TickAsync();
        Assert.IsType<PublicationOutcome.Refused>(Assert.Single(world.Outcomes));
        await world.MineAsync(world.StartOf(slot) - 1);
        await world.TickAsync();
        Assert.Single((await world.LedgerAsync()).Lanes.SelectMany(lane => lane.Items));
        for (int i = 0; i < 10; i++)
        {
            await world.MineAsync();
            await world.TickAsync();
        }

        Assert.Equal(header.Hash, world.Watcher.State.Pending.Record.PayloadHash);
        PublicationRecord record = Assert.Single((await world.LedgerAsync()).History);
        Assert.Equal((PublicationEnd.Landed, true), (record.End, record.Inclusion!.Succeeded));
    }

    [Fact]
    public async Task A_stuck_transaction_is_replaced_and_mined_in_less_than_three_blocks()
    {
        await using PublisherWorld world = await PublisherWorld.StartAsync(4, 0, policy: new PublishingPolicy { MaxWaitBlocks = 0 });
        await world.MineAsync(world.StartOf(1));
        await world.EnqueueAsync(1, default);
        await world.TickAsync();
        await world.SpikeAsync(8);
        ulong stuckAt = (await world.Anvil.HeadAsync()).Number;
        ulong blocks = 0;
        while (!world.Outcomes.OfType<PublicationOutcome.Mined>().Any())
        {
            await world.MineAsync();
            await world.TickAsync();
            blocks++;
            Assert.True(blocks < 5, "never mined");
        }

        PublicationOutcome.Mined mined = world.Outcomes.OfType<PublicationOutcome.Mined>().First();
        output.WriteLine($"mined {mined.Where.BlockNumber - stuckAt} blocks after it was sent");
        Assert.True(mined.Where.BlockNumber - stuckAt < 3);
        Assert.True((await world.LedgerAsync()).Lanes.SelectMany(lane => lane.Items).First().Attempts.Length > 1);
    }

    [Fact]
    public async Task A_checkpoint_that_a_reorganisation_removes_is_posted_again()
    {
        await using PublisherWorld world = await PublisherWorld.StartAsync(5, 0);
        await world.MineAsync(world.StartOf(1));
        CheckpointHeader header = await world.EnqueueAsync(1, default);
        await world.TickAsync();
        await world.MineAsync();
        await world.TickAsync();
        await world.Anvil.AskAsync("anvil_rollback", 1);
        await world.Anvil.GoToAsync((await world.Anvil.HeadAsync()).Timestamp + 11);
        await world.TickAsync();
        Assert.Contains(world.Outcomes, outcome => outcome is PublicationOutcome.Removed);
        for (int i = 0; i < 3; i++)
        {
            await world.MineAsync();
            await world.TickAsync();
        }

        Assert.Equal(header.Hash, world.Watcher.State.Pending.Record.PayloadHash);
        Assert.Single(world.Watcher.State.Checkpoints, checkpoint => checkpoint.Record.PayloadHash == header.Hash);
    }

    [Fact]
    public async Task A_key_without_money_is_passed_over_and_an_alarm_names_it()
    {
        await using PublisherWorld world = await PublisherWorld.StartAsync(6, 0);
        await world.Anvil.AskAsync("anvil_setBalance", world.Keys[0].ToString(), "0x1");
        await world.MineAsync(world.StartOf(1));
        await world.EnqueueAsync(1, default);
        PublisherTick? tick = await world.TickAsync();
        Assert.NotNull(tick);
        Assert.Contains(world.Alarms, alarm => alarm is LaneAlarm.LowRunway low && low.Publisher == world.Keys[0]);
        Assert.Equal(world.Keys[1], Assert.Single((await world.LedgerAsync()).Lanes, lane => !lane.Items.IsEmpty).Publisher);
    }

    [Fact]
    public async Task Of_two_publishers_with_one_store_one_stops()
    {
        await using PublisherWorld world = await PublisherWorld.StartAsync(7, 0);
        await world.MineAsync(world.StartOf(1));
        MemoryPublicationStore store = new();
        Publisher Make() => new(world.Anvil.Client, [TestKeys.Signer("publisher 0")], store, new PublisherOptions { ChainId = Anvil.ChainId, Rollup = world.Rollup.Address });
        using Publisher first = Make();
        using Publisher second = Make();
        await world.TickAsync();
        await second.ReadLedgerAsync(TestContext.Current.CancellationToken);
        await first.EnqueueAsync(world.Request(world.Rollup.Header(1, default(Hash256)), Sidecars.One), TestContext.Current.CancellationToken);
        Assert.False((await first.TickAsync(world.Watcher.View!, TestContext.Current.CancellationToken)).IsConflict);

        // The second one still has the empty ledger in mind.
        EnqueueOutcome outcome = await second.EnqueueAsync(world.Request(world.Rollup.Header(1, default(Hash256)), Sidecars.One), TestContext.Current.CancellationToken);
        Assert.IsType<EnqueueOutcome.Known>(outcome);
        Assert.Single((await second.ReadLedgerAsync(TestContext.Current.CancellationToken)).Lanes);
    }

    [Fact]
    public async Task A_ledger_in_a_folder_survives_a_restart()
    {
        string folder = Directory.CreateTempSubdirectory("publisher").FullName;
        try
        {
            await using PublisherWorld world = await PublisherWorld.StartAsync(8, 0);
            PublicationRequest request = world.Request(world.Rollup.Header(1, default(Hash256)), Sidecars.One);
            using (LmdbPublicationStore store = LmdbPublicationStore.Open(folder))
            {
                using Publisher publisher = new(world.Anvil.Client, [TestKeys.Signer("publisher 0")], store, new PublisherOptions { ChainId = Anvil.ChainId, Rollup = world.Rollup.Address });
                Assert.IsType<EnqueueOutcome.Queued>(await publisher.EnqueueAsync(request, TestContext.Current.CancellationToken));
            }

            using LmdbPublicationStore again = LmdbPublicationStore.Open(folder);
            Assert.Equal(request.Payload, await again.GetAsync(request.Payload.Header.Hash, TestContext.Current.CancellationToken));
            PublicationLedger ledger = await again.ReadAsync(TestContext.Current.CancellationToken);
            Assert.Equal(request.Payload.Header.Hash, Assert.Single(ledger.Queue).Job.Checkpoint);
            Assert.False(await again.TryWriteAsync(ledger, TestContext.Current.CancellationToken));
            Assert.True(await again.TryWriteAsync(ledger with { Version = ledger.Version + 1 }, TestContext.Current.CancellationToken));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
