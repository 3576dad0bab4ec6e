using System.Text;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Publishing;
using Cloud.Settlement.Tests.Support;
using Cloud.Testing.L1;

namespace Cloud.Settlement.Tests.Publishing;

/// <summary>The publisher against a real execution layer behind endpoints with faults and geth's pool rules. <c>./faults.sh</c> runs it for longer.</summary>
[Collection(OwnAnvilCollection.Name)]
[Trait("Category", "Simulation")]
public sealed class PublisherFaultTests(ITestOutputHelper output)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What happens to L1 while a publication is killed at each of its steps.</summary>
    public enum Course
    {
        /// <summary>Nothing.</summary>
        Plain,

        /// <summary>The base fee rises to eight times right after it is sent.</summary>
        Spike,

        /// <summary>The base fee rises to eight times with each block until its slot is over.</summary>
        Expiry,

        /// <summary>The block that it is in is taken back.</summary>
        Reorganisation,
    }

    [Fact]
    public async Task Through_faults_reorganisations_spikes_dead_endpoints_and_kills_each_checkpoint_lands_once_or_is_reported_expired()
    {
        int slots = Number("SETTLEMENT_TESTS_SLOTS", 10);
        int seed = Number("SETTLEMENT_TESTS_SEED", 1);
        double faults = Number("SETTLEMENT_TESTS_FAULTS", 20) / 100.0;
        await using PublisherWorld world = await PublisherWorld.StartAsync(seed, faults);
        List<Hash256> checkpoints = [];
        int[] reorgs = new int[4];
        int spikes = 0;
        for (ulong slot = 1; slot <= (ulong)slots; slot++)
        {
            await world.MineAsync(world.StartOf(slot));
            await world.TickAsync();
            world.Kill.Rate = 0.02;
            checkpoints.Add((await world.EnqueueAsync(slot, world.Watcher.State.Pending.Record.PayloadHash)).Hash);
            for (ulong block = 1; block < PublisherWorld.BlocksPerSlot; block++)
            {
                for (int look = world.Random.Next(1, 3); look > 0; look--)
                {
                    await world.TickAsync();
                }

                foreach (L1FaultProxy proxy in world.Proxies)
                {
                    proxy.IsDead = world.Random.NextDouble() < (proxy.IsDead ? 0.7 : 0.04);
                }

                if (world.Random.NextDouble() < 0.06)
                {
                    await world.SpikeAsync(8);
                    spikes++;
                }

                if (world.Random.NextDouble() < 0.06)
                {
                    int depth = world.Random.Next(1, 4);
                    await world.ReorgAsync(depth);
                    reorgs[depth]++;
                }

                await world.MineAsync();
            }
        }

        world.Heal();
        await EndAsync(world, $"seed {seed}");
        Tally tally = await CheckAsync(world, checkpoints, $"seed {seed}");
        output.WriteLine(
            $"seed {seed}: {checkpoints.Count} slots, {tally}; {world.Crashes} kills, reorganisations of 1, 2, 3 blocks: {reorgs[1]}, {reorgs[2]}, {reorgs[3]}, {spikes} spikes, "
            + $"faults met {world.Proxies.Sum(p => p.Met.Where(m => m.Key != L1Fault.None).Sum(m => m.Value))} of {world.Proxies.Sum(p => p.Met.Values.Sum())} calls");
        Assert.True(tally.Landed > 0, $"seed {seed}: nothing landed");
    }

    /// <summary>A step is everything that has an effect: each write, signature and transaction, before and after it. Here one step in seven; <c>./faults.sh</c> takes all.</summary>
    [Theory]
    [InlineData(Course.Plain)]
    [InlineData(Course.Spike)]
    [InlineData(Course.Expiry)]
    [InlineData(Course.Reorganisation)]
    public async Task Killed_at_every_step_of_a_publication_it_lands_once_or_is_reported_expired(Course course)
    {
        await using PublisherWorld world = await PublisherWorld.StartAsync(1, 0, policy: new PublishingPolicy { MaxWaitBlocks = 0, MaxFeeCap = 1_000_000_000_000_000_000UL });
        List<Hash256> checkpoints = [];
        int killed = 0;
        int stride = Number("SETTLEMENT_TESTS_STRIDE", 7);
        for (int step = 1; step < 120; step += stride)
        {
            ulong slot = world.NextSlot;
            await world.MineAsync(world.StartOf(slot));
            await world.TickAsync();
            world.Kill.Arm(step);
            checkpoints.Add((await world.EnqueueAsync(slot, world.Watcher.State.Pending.Record.PayloadHash)).Hash);
            await world.TickAsync();
            if (course == Course.Spike)
            {
                await world.SpikeAsync(8);
            }

            for (ulong block = 1; block < PublisherWorld.BlocksPerSlot; block++)
            {
                if (course == Course.Expiry)
                {
                    await world.SpikeAsync(8);
                }

                await world.MineAsync();
                await world.TickAsync();
                if (course == Course.Reorganisation && block == 2)
                {
                    await world.ReorgAsync(2);
                    await world.TickAsync();
                }
            }

            await EndAsync(world, $"{course} {step}");
            await world.CalmAsync();
            if (world.Kill.At is not null)
            {
                // Fewer steps than that: all of them had their turn.
                break;
            }

            killed++;
        }

        Tally tally = await CheckAsync(world, checkpoints, course.ToString());
        output.WriteLine($"{course}: killed at {killed} steps, one in {stride}, {tally}");
        Assert.Equal(killed, world.Crashes);
        Assert.InRange(killed, 14 / stride, 119 / stride);
        Assert.Equal((course == Course.Expiry ? 0 : checkpoints.Count, 0), (tally.Landed, tally.PaidInVain));
    }

    private static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), out int value) ? value : otherwise;

    private static async Task EndAsync(PublisherWorld world, string name)
    {
        for (int i = 0; (await world.LedgerAsync()).Queue.Length > 0; i++)
        {
            if (i == 100)
            {
                PublicationLedger ledger = await world.LedgerAsync();
                StringBuilder text = new($"{name}: {ledger.Queue.Length} publications never ended\n");
                text.AppendJoin('\n', ledger.Queue.Select(queued => queued.ToString()));
                text.AppendJoin('\n', ledger.Lanes.SelectMany(lane => lane.Items).SelectMany(item => item.Attempts.Select(attempt => $"{item}: {attempt}")));
                text.AppendJoin('\n', world.Alarms.TakeLast(5).Select(alarm => alarm.Message));
                Assert.Fail(text.ToString());
            }

            await world.MineAsync();
            await world.TickAsync();
        }
    }

    private static async Task<Tally> CheckAsync(PublisherWorld world, List<Hash256> checkpoints, string name)
    {
        Tally tally = new();
        Dictionary<Hash256, PublicationRecord> ended = (await world.LedgerAsync()).History.ToDictionary(record => record.Job.Checkpoint);
        foreach (Hash256 checkpoint in checkpoints)
        {
            Assert.True(ended.TryGetValue(checkpoint, out PublicationRecord? record), $"{name}: nothing became of {checkpoint}");
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

            Assert.True(paid <= 1, $"{name}: slot {record.Job.Slot} was paid {paid} times");
            Assert.True(onChain == record.End is PublicationEnd.Landed, $"{name}: slot {record.Job.Slot} is {(onChain ? "" : "not ")}on L1 and reported {record.End}");
            Assert.True(record.End is PublicationEnd.Landed or PublicationEnd.Expired, $"{name}: slot {record.Job.Slot} ended as {record.End}, {record.Detail}");
            Assert.Equal(paid == 1, record.Inclusion is not null);
            tally.Add(record);
        }

        return tally;
    }

    private sealed class Tally
    {
        private readonly List<ulong> _recoveries = [];
        private int _expired;

        public int Landed { get; private set; }

        /// <summary>Expired ones of which a transaction was mined late, or on a checkpoint that was taken back.</summary>
        public int PaidInVain { get; private set; }

        public void Add(PublicationRecord record)
        {
            Landed += record.End is PublicationEnd.Landed ? 1 : 0;
            _expired += record.End is PublicationEnd.Expired ? 1 : 0;
            PaidInVain += record is { End: PublicationEnd.Expired, Inclusion: not null } ? 1 : 0;

            // Stuck is what a pool has taken and the market has left behind. It has recovered with the block that has its replacement.
            if (record is { End: PublicationEnd.Landed, Inclusion: { } inclusion, Attempts.Length: > 1 } && record.Attempts[^1] is { IsCancel: false } last)
            {
                _recoveries.Add(inclusion.BlockNumber - Math.Min(inclusion.BlockNumber, last.DecidedAt));
            }
        }

        public override string ToString()
        {
            _recoveries.Sort();
            string recovery = _recoveries.Count == 0 ? "none replaced"
                : $"{_recoveries.Count} replaced, mined blocks after it: median {_recoveries[_recoveries.Count / 2]}, most {_recoveries[^1]}, at most 2 in {_recoveries.Count(blocks => blocks < 3)}";
            return $"{Landed} landed, {_expired} expired, {PaidInVain} of them at the cost of a refused transaction; {recovery}";
        }
    }
}
