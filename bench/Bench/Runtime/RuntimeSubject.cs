using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Cloud.Bench.Runtime;

/// <summary>
/// Grain calls per second in one silo, on whichever runtime this program was built for: the ratio of the two builds is taken by hand.
/// Each figure is the median of three samples after a warm-up.
/// </summary>
public sealed class RuntimeSubject : ISubject
{
    private const int Samples = 3;

    public string Name => "runtime";

    public string Summary => "grain calls per second: from the client, from the silo's own client, from grain to grain";

    public async Task RunAsync(BenchRun bench, CancellationToken cancellation)
    {
        InProcessTestClusterBuilder builder = new(1);
        builder.Options.ConfigureFileLogging = false;
        InProcessTestCluster cluster = builder.Build();
        await using (cluster)
        {
            await cluster.DeployAsync();
            IGrainFactory client = cluster.Client;
            IGrainFactory inside = cluster.Silos[0].ServiceProvider.GetRequiredService<IGrainFactory>();
            foreach ((string name, IGrainFactory factory) in new[] { ("client", client), ("hosted client", inside) })
            {
                foreach (int callers in (int[])[1, 64, 256])
                {
                    await Rate(bench, $"{name}: {Callers(callers)}", callers, (i, end) => Drive(factory.GetGrain<IPingGrain>($"{i}"), end), cancellation);
                }
            }

            foreach (int callers in (int[])[1, 64, 256])
            {
                await Rate(bench, $"grain to grain: {Callers(callers)}", callers, (i, end) => client.GetGrain<ICallerGrain>($"{i}").Drive($"target {i}", end), cancellation);
            }

            await Rate(bench, "grain to grain: 1 caller, 256 at a time", 1, (_, end) => client.GetGrain<ICallerGrain>("fan").Fan(256, end), cancellation);
        }
    }

    /// <summary>Calls until a point in time.</summary>
    /// <param name="grain">The callee.</param>
    /// <param name="end">A <see cref="Stopwatch"/> timestamp.</param>
    /// <returns>How many calls came back.</returns>
    internal static async Task<long> Drive(IPingGrain grain, long end)
    {
        long calls = 0;
        while (Stopwatch.GetTimestamp() < end)
        {
            await grain.Ping((int)calls);
            calls++;
        }

        return calls;
    }

    private static string Callers(int count) => count == 1 ? "one after another" : $"{count} callers";

    private static async Task Rate(BenchRun bench, string name, int callers, Func<int, long, Task<long>> drive, CancellationToken cancellation)
    {
        await Sample(callers, drive, bench.Budget);
        double[] rates = new double[Samples];
        for (int i = 0; i < Samples; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            rates[i] = await Sample(callers, drive, bench.Budget);
        }

        bench.AddHigherIsBetter(name, "calls/s", BenchRun.Median(rates));
    }

    private static async Task<double> Sample(int callers, Func<int, long, Task<long>> drive, TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        long end = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
        Task<long>[] running = new Task<long>[callers];
        for (int i = 0; i < callers; i++)
        {
            int caller = i;
            running[i] = Task.Run(() => drive(caller, end));
        }

        long[] calls = await Task.WhenAll(running);
        return calls.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
