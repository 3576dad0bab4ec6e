using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Events;
using Cloud.Testing;

namespace Cloud.Bench.Gateway;

/// <summary>Pushes of a whole chain's flashblocks to thousands of WebSocket clients, a part of the gateway's measurement.</summary>
public sealed class PushSubject : ISubject
{
    private const int Subscribers = 5_000;
    private const int Quiet = 16;

    // What is queued while the subscribers come, and code that is not compiled to its last tier yet.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(15);

    public string Name => "pushes";

    public string Summary => "pushes to 5,000 subscribers with a slow one among them, a part of gateway";

    public async Task RunAsync(BenchRun bench, CancellationToken cancellation)
    {
        await using PreconfCloud cloud = await GatewaySubject.StartAsync(cancellation).ConfigureAwait(false);
        await MeasureAsync(bench, cloud, cancellation).ConfigureAwait(false);
    }

    internal static async Task MeasureAsync(BenchRun bench, PreconfCloud cloud, CancellationToken cancellation)
    {
        while (cloud.Replica.View.Pending is not { Transactions.Length: < Quiet })
        {
            // Slots are long, and the first one's building has a beginning; and a block full of an earlier measurement's transactions would be pushed whole to each subscriber.
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation).ConfigureAwait(false);
        }

        ConcurrentDictionary<long, long> shown = [];
        double seconds = ((bench.Budget * 40) + WarmUp).TotalSeconds;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using EventSubscription events = ((Subscribing.Subscribed)cloud.Replica.Events.Subscribe(capacity: 1 << 16)).Subscription;

        Task sending = SendAsync(cloud, stop.Token);

        // A thread of its own: the pool's threads are what pushes.
        Thread noting = new(() => Note(events, shown, stop.Token)) { IsBackground = true, Priority = ThreadPriority.AboveNormal };
        noting.Start();
        Uri address = cloud.WebSocketUrl;
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        string[] arguments =
        [
            typeof(PushSubject).Assembly.Location, SubscriberSwarm.Verb, address.Host, $"{address.Port}", address.AbsolutePath, $"{Subscribers}", seconds.ToString(CultureInfo.InvariantCulture),
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process swarm = Process.Start(start)!;
        MemoryStream output = new();
        Environment.ProcessCpuUsage before = default;
        long readyAt = 0;
        try
        {
            byte[] ready = new byte[SubscriberSwarm.Ready.Length + 1];
            await swarm.StandardOutput.BaseStream.ReadExactlyAsync(ready, cancellation).ConfigureAwait(false);
            readyAt = Stopwatch.GetTimestamp();
            before = Environment.CpuUsage;
            await swarm.StandardOutput.BaseStream.CopyToAsync(output, cancellation).ConfigureAwait(false);
            await swarm.WaitForExitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            noting.Join();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!swarm.HasExited)
            {
                swarm.Kill();
            }
        }

        Environment.ProcessCpuUsage after = Environment.CpuUsage;
        ReadOnlyMemory<byte> records = output.ToArray();
        long warm = readyAt + (long)(WarmUp.TotalSeconds * Stopwatch.Frequency);
        List<double> times = [];
        Dictionary<long, int> readers = [];
        long closed = 0;
        long readerTime = 0;
        bool isSlowClosed = false;
        for (int i = 0; i + 16 <= records.Length; i += 16)
        {
            (long key, long value) = ReadRecord(records.Span[i..]);
            if (shown.TryGetValue(key, out long noted) && value < noted)
            {
                // Who notes came late: what a subscriber has was shown before.
                shown[key] = value;
            }
        }

        for (int i = 0; i + 16 <= records.Length; i += 16)
        {
            (long key, long value) = ReadRecord(records.Span[i..]);
            if (key == SubscriberSwarm.ClosedMark)
            {
                closed = value;
            }
            else if (key == SubscriberSwarm.SlowMark)
            {
                isSlowClosed = value == 1;
            }
            else if (key == SubscriberSwarm.ProcessorMark)
            {
                readerTime = value;
            }
            else if (shown.TryGetValue(key, out long at) && at >= warm)
            {
                times.Add((value - at) * 1000.0 / Stopwatch.Frequency);
                readers[key] = readers.GetValueOrDefault(key) + 1;
            }
        }

        double[] all = [.. times];
        bench.AddHigherIsBetter($"newFlashblocks to {Subscribers:n0} subscribers", "pushes/s", all.Length / (seconds - WarmUp.TotalSeconds));
        bench.AddHigherIsBetter("flashblocks that all subscribers got", "flashblocks", readers.Values.Count(count => count == Subscribers));
        bench.AddLowerIsBetter("newFlashblocks, push p50", "ms", BenchRun.Percentile(all, 0.5));
        bench.AddLowerIsBetter("newFlashblocks, push p99", "ms", BenchRun.Percentile(all, 0.99));
        bench.AddLowerIsBetter("newFlashblocks, push, longest", "ms", BenchRun.Percentile(all, 1));
        double pushes = records.Length / 16.0;
        bench.AddLowerIsBetter("processor time of a push, chain and committee included", "us", (after.TotalTime - before.TotalTime).TotalMicroseconds / pushes);
        bench.AddLowerIsBetter("the operating system's part of it", "us", (after.PrivilegedTime - before.PrivilegedTime).TotalMicroseconds / pushes);
        bench.AddLowerIsBetter("processor time of the clients' reading of a push, on the same cores", "us", readerTime / pushes);
        bench.AddLowerIsBetter("subscribers that were closed", "connections", closed);
        bench.AddHigherIsBetter("the client that never reads was closed (1: yes)", "connections", isSlowClosed ? 1 : 0);
    }

    private static (long Key, long Value) ReadRecord(ReadOnlySpan<byte> record) => (BinaryPrimitives.ReadInt64LittleEndian(record), BinaryPrimitives.ReadInt64LittleEndian(record[8..]));

    /// <summary>A transaction for each flashblock: one without would not be made.</summary>
    private static async Task SendAsync(PreconfCloud cloud, CancellationToken cancellation)
    {
        TestAccount account = cloud.Accounts[^1];
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(190));
        for (ulong nonce = 0; await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false); nonce++)
        {
            TransactionFields fields = new()
            {
                ChainId = cloud.ChainId, Nonce = nonce, MaxFeePerGas = 100_000_000_000, MaxPriorityFeePerGas = 1_000_000_000, GasLimit = 21_000, To = cloud.Accounts[0].Address, Data = Array.Empty<byte>(),
            };
            await cloud.Replica.SubmitAsync(account.Sign(fields).Raw.Memory).ConfigureAwait(false);
        }
    }

    private static void Note(EventSubscription events, ConcurrentDictionary<long, long> shown, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            while (events.Reader.TryRead(out ReplicaEvent? next))
            {
                if (next is ReplicaEvent.FlashblockShown flashblock)
                {
                    shown.TryAdd(SubscriberSwarm.KeyOf(flashblock.Pending.Number, (ulong)flashblock.Pending.Flashblocks.Length - 1), Stopwatch.GetTimestamp());
                }
            }

            Thread.Sleep(TimeSpan.FromMilliseconds(1));
        }
    }
}
