using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Cloud.Execution.Pool;
using Cloud.Grains.Feed;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Validators;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Replica.Chain;
using Cloud.Replica.Chains;
using Cloud.Replica.Node;
using Cloud.Replica.Statuses;

namespace Cloud.Grains.Tests.Pipeline;

/// <summary>Of three silos that share a storage, the one that builds is killed again and again, under load. GRAINS_TESTS_KILLS sets how often.</summary>
[Trait("Category", "EndToEnd")]
public sealed class SiloKillTests(ITestOutputHelper output)
{
    private const int Silos = 3;
    private const int Users = 12;
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("GRAINS_TESTS_KILLS") ?? "2", CultureInfo.InvariantCulture);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_silo_that_dies_while_it_builds_costs_neither_a_transaction_nor_a_signature_and_the_chain_goes_on()
    {
        await using RealTimePipeline pipeline = new(validators: 6, silos: Silos, users: Users);
        await pipeline.StartAsync();
        ConcurrentDictionary<Hash256, int> accepted = new();
        using CancellationTokenSource ended = new();
        Task[] users = [.. Enumerable.Range(0, Users).Select(user => Task.Run(() => SubmitAsync(pipeline, user, accepted, ended.Token)))];
        ConcurrentQueue<(ulong Number, long At)> advances = new();
        Task watch = Task.Run(() => WatchAsync(pipeline, advances, ended.Token));
        Random random = new(Kills);
        List<TimeSpan> pauses = [];
        for (int kill = 1; kill <= Kills; kill++)
        {
            (SiloNode builder, ulong slot) = await FindBuilder(pipeline);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1_000)), TimeProvider.System);
            SiloNode[] survivors = [.. pipeline.Nodes.Where(node => node != builder)];
            BlockId before = pipeline.Nodes.Select(node => node.Replica.View.Tips.Proposed).MaxBy(tip => tip.Number);
            long killed = Stopwatch.GetTimestamp();
            await pipeline.KillAsync(builder);

            // Of the chunks after the kill, one may have been on its way; those after it are another silo's.
            await Until(
                () => survivors.Any(node => node.Replica.View.Tips.Proposed.Number >= before.Number + 3),
                () => $"no chunks after block {before.Number} of slot {slot}: {Describe(survivors)}");
            TimeSpan pause = LongestPause(advances, killed, before.Number + 3);
            pauses.Add(pause);
            ExecutedBlock next = survivors.SelectMany(node => node.Replica.View.Recent).First(block => block.Number == before.Number + 2);
            output.WriteLine($"kill {kill}: {builder.Name} in slot {slot} at block {before.Number}; chunk {next.Proposal?.Header.Index} of slot {next.Slot} came second; longest time without a chunk from then on {pause.TotalMilliseconds:F0} ms");

            SiloNode again = await pipeline.RestartAsync();
            await Until(() => again.Replica.View.Tips.Checkpointed.Number > before.Number, () => $"the restarted silo did not come back: {Describe(pipeline.Nodes)}");
        }

        await ended.CancelAsync();
        await Task.WhenAll([.. users, watch]);
        await Until(
            () => accepted.All(pair => IsSettled(pipeline.ReplicaOn(pair.Value), pair.Key)),
            () => string.Join("\n", accepted.GroupBy(pair => (pair.Value, pipeline.ReplicaOn(pair.Value)?.FindReport(pair.Key)?.Status.GetType().Name)).Select(group => $"{group.Key}: {group.Count()}"))
                + $"\n{Describe(pipeline.Nodes)}");
        Assert.Empty(pipeline.Keys.Double);

        // What streams lost on the way was pulled: all silos have the same chain.
        BlockId common = pipeline.Nodes.Select(node => node.Replica.View.Tips.Checkpointed).MinBy(tip => tip.Number);
        await Until(() => pipeline.Nodes.All(node => node.Replica.View.Tips.Checkpointed.Number >= common.Number), () => Describe(pipeline.Nodes));
        Assert.Single(pipeline.Nodes.Select(node => node.Replica.View.FindBlock(common.Number)?.Hash).Distinct());
        output.WriteLine($"{Kills} kills, {accepted.Count} transactions, {pipeline.Keys.Count} signatures, none twice; chunks take 1 s, and from a kill on the longest time without one was "
            + $"{pauses.Min().TotalMilliseconds:F0} to {pauses.Max().TotalMilliseconds:F0} ms, mean {pauses.Average(pause => pause.TotalMilliseconds):F0} ms; above 2 s: {pauses.Count(pause => pause > TimeSpan.FromSeconds(2))}");
    }

    /// <summary>When the newest chunk of any silo became another one.</summary>
    private static async Task WatchAsync(RealTimePipeline pipeline, ConcurrentQueue<(ulong Number, long At)> advances, CancellationToken cancellationToken)
    {
        ulong newest = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            ulong number = Enumerable.Range(0, Silos).Max(disk => pipeline.ReplicaOn(disk)?.View.Tips.Proposed.Number ?? 0);
            if (number != newest)
            {
                newest = number;
                advances.Enqueue((number, Stopwatch.GetTimestamp()));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>The longest time without a new chunk from a moment until a block.</summary>
    private static TimeSpan LongestPause(ConcurrentQueue<(ulong Number, long At)> advances, long from, ulong through)
    {
        (ulong Number, long At)[] all = [.. advances];
        int first = Math.Max(0, Array.FindLastIndex(all, advance => advance.At <= from));
        TimeSpan longest = TimeSpan.Zero;
        for (int i = first + 1; i < all.Length && all[i - 1].Number < through; i++)
        {
            TimeSpan pause = Stopwatch.GetElapsedTime(Math.Max(from, all[i - 1].At), all[i].At);
            longest = pause > longest ? pause : longest;
        }

        return longest;
    }

    /// <summary>The silo whose validator builds now, in a slot of which there is a chunk and of which there will be more.</summary>
    private static async Task<(SiloNode Node, ulong Slot)> FindBuilder(RealTimePipeline pipeline)
    {
        ConsensusTimetable timetable = pipeline.Settings.Timetable.Consensus;
        SiloNode? builder = null;
        ulong slot = 0;
        await UntilAsync(
            async () =>
            {
                if (timetable.BuildingSlotAt(TimeProvider.System.GetUtcNow()) is not { } building)
                {
                    return false;
                }

                ulong chunks = pipeline.Nodes.Max(node => (ulong)node.Replica.View.Recent.Count(block => block.Slot == building));
                ValidatorView view = await pipeline.Node().Grains.Validator(pipeline.ProposerOf(building)).Wake(building);
                (builder, slot) = (pipeline.Nodes.SingleOrDefault(node => node.Name == view.Silo), building);
                return builder is not null && view.Proposing >= building && chunks is > 0 and < 4;
            },
            () => $"nobody builds: {Describe(pipeline.Nodes)}");
        return (builder!, slot);
    }

    private static async Task SubmitAsync(RealTimePipeline pipeline, int user, ConcurrentDictionary<Hash256, int> accepted, CancellationToken cancellationToken)
    {
        int home = user % Silos;
        ulong nonce = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            if (pipeline.ReplicaOn(home) is { } replica)
            {
                Bytes raw = pipeline.Transfer(user, nonce);
                Task<SubmitOutcome> submission = replica.SubmitAsync(raw.Memory);

                // A silo that died does not answer; what it had taken it still has when it is back, and says so.
                await Task.WhenAny(submission, Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, CancellationToken.None));
                if (submission.IsCompletedSuccessfully
                    && submission.Result is SubmitOutcome.Accepted or SubmitOutcome.Refused { Reason: PoolRefusal.AlreadyKnown or PoolRefusal.NonceTooLow })
                {
                    accepted.TryAdd(Keccak256.Hash(raw.Span), home);
                    nonce++;
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, CancellationToken.None);
        }
    }

    private static bool IsSettled(ReplicaNode? replica, Hash256 transaction) =>
        replica?.FindReport(in transaction)?.Status is TransactionStatus.Checkpointed or TransactionStatus.Proven or TransactionStatus.Finalized
        || replica?.View.FindTransaction(in transaction) is { Block.IsPending: false };

    private static string Describe(IEnumerable<SiloNode> nodes) => string.Join("; ", nodes.Select(node => $"{node.Name} {node.Replica.View.Tips}"));

    private static Task Until(Func<bool> condition, Func<string> what) => UntilAsync(() => Task.FromResult(condition()), what);

    private static async Task UntilAsync(Func<Task<bool>> condition, Func<string> what)
    {
        long started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                Assert.Fail(what());
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
