using Cloud.Protocol.Primitives;
using Cloud.Settlement.Publishing;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Publishing;

/// <summary>The publisher against a real execution layer behind endpoints with faults and geth's pool rules. <c>SETTLEMENT_TESTS_SLOTS</c> sets the number of slots, <c>SETTLEMENT_TESTS_SEED</c> the seed.</summary>
[Collection(AnvilCollection.Name)]
[Trait("Category", "Simulation")]
public sealed class PublisherFaultTests(ITestOutputHelper output)
{
    private const double Faults = 0.2;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Through_faults_reorganisations_spikes_dead_endpoints_and_kills_each_checkpoint_lands_once_or_is_reported_as_not_landed()
    {
        int slots = int.TryParse(Environment.GetEnvironmentVariable("SETTLEMENT_TESTS_SLOTS"), out int wanted) ? wanted : 10;
        int seed = int.TryParse(Environment.GetEnvironmentVariable("SETTLEMENT_TESTS_SEED"), out int given) ? given : 1;
        await using PublisherWorld world = await PublisherWorld.StartAsync(seed, Faults);
        List<Hash256> checkpoints = [];
        int reorgs = 0;
        for (ulong slot = 1; slot <= (ulong)slots; slot++)
        {
            await world.MineAsync(world.StartOf(slot));
            await world.TickAsync();
            world.CrashRate = 0.02;
            checkpoints.Add((await world.EnqueueAsync(slot, world.Watcher.State.Pending.Record.PayloadHash)).Hash);
            for (ulong block = 1; block < PublisherWorld.BlocksPerSlot; block++)
            {
                for (int look = world.Random.Next(1, 3); look > 0; look--)
                {
                    await world.TickAsync();
                }

                reorgs += await DisturbAsync(world) ? 1 : 0;
                await world.MineAsync();
            }
        }

        world.CrashRate = 0;
        foreach (Cloud.Testing.L1.L1FaultProxy proxy in world.Proxies)
        {
            proxy.IsDead = false;
        }

        for (int i = 0; i < 60 && (await world.LedgerAsync()).Queue.Length > 0; i++)
        {
            await world.MineAsync();
            await world.TickAsync();
        }

        await CheckAsync(world, checkpoints, seed, reorgs);
    }

    private static async Task<bool> DisturbAsync(PublisherWorld world)
    {
        foreach (Cloud.Testing.L1.L1FaultProxy proxy in world.Proxies)
        {
            proxy.IsDead = proxy.IsDead ? world.Random.NextDouble() < 0.7 : world.Random.NextDouble() < 0.04;
        }

        if (world.Random.NextDouble() < 0.06)
        {
            await world.SpikeAsync(8);
        }

        if (world.Random.NextDouble() < 0.06)
        {
            await world.ReorgAsync(world.Random.Next(1, 4));
            return true;
        }

        return false;
    }

    private async Task CheckAsync(PublisherWorld world, List<Hash256> checkpoints, int seed, int reorgs)
    {
        PublicationLedger ledger = await world.LedgerAsync();
        Assert.True(ledger.Queue.IsEmpty, $"seed {seed}: {ledger.Queue.Length} publications never ended");
        int landed = 0;
        int replaced = 0;
        Dictionary<Hash256, PublicationRecord> ended = ledger.History.ToDictionary(record => record.Job.Checkpoint);
        foreach (Hash256 checkpoint in checkpoints)
        {
            Assert.True(ended.TryGetValue(checkpoint, out PublicationRecord? record), $"seed {seed}: nothing became of {checkpoint}");
            int paid = 0;
            bool onChain = false;
            foreach (LaneAttempt attempt in record.Attempts.Where(attempt => attempt.Hash is not null && !attempt.IsCancel))
            {
                if ((await world.Anvil.Client.GetReceiptAsync(attempt.Hash!.Value, Cancel)).Require() is { } receipt)
                {
                    paid++;
                    onChain |= receipt.Succeeded;
                }
            }

            Assert.True(paid <= 1, $"seed {seed}: slot {record.Job.Slot} was paid {paid} times");
            Assert.True(onChain == record.End is PublicationEnd.Landed, $"seed {seed}: slot {record.Job.Slot} is {(onChain ? "" : "not ")}on L1 and reported {record.End}");
            Assert.True(record.End is PublicationEnd.Landed or PublicationEnd.Expired or PublicationEnd.Reverted or PublicationEnd.PostedElsewhere);
            landed += record.End is PublicationEnd.Landed ? 1 : 0;
            replaced += record.Attempts.Length > 1 ? 1 : 0;
        }

        output.WriteLine(
            $"seed {seed}: {checkpoints.Count} slots, {landed} landed, {ledger.History.Count(r => r.End is PublicationEnd.Expired)} expired, {ledger.History.Count(r => r.End is PublicationEnd.Reverted)} reverted, "
            + $"{ledger.History.Count(r => r.End is PublicationEnd.PostedElsewhere)} withdrawn, {replaced} replaced, {world.Crashes} kills, {reorgs} reorganisations, faults met {world.Proxies.Sum(p => p.Met.Where(m => m.Key != Cloud.Testing.L1.L1Fault.None).Sum(m => m.Value))}");
        Assert.True(landed * 2 > checkpoints.Count, $"seed {seed}: only {landed} of {checkpoints.Count} landed");
    }
}
