using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Cloud.Embedded.Simulation;
using Cloud.Replica.Events;

namespace Cloud.Simulator;

/// <summary>The soak scenario over a range of seeds.</summary>
internal static class SeededRuns
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Runs the seeds, on all processors.</summary>
    /// <returns>The exit code: 0 where nothing was broken.</returns>
    public static int Run(string seeds, int slots, string faults, int load, string defect, FileInfo? json, long maxSteps, bool log)
    {
        string[] ends = seeds.Split("..");
        if (ends.Length is 0 or > 2 || !ulong.TryParse(ends[0], CultureInfo.InvariantCulture, out ulong first)
            || !ulong.TryParse(ends[^1], CultureInfo.InvariantCulture, out ulong last) || last < first)
        {
            Console.Error.WriteLine($"error: --seeds {seeds} is no range; give one such as 1..100");
            return 2;
        }

        if (faults is not ("all" or "none") || slots < 1 || load < 0 || !Enum.TryParse(defect.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out PlantedDefect planted))
        {
            Console.Error.WriteLine("error: --faults is all or none, --slots at least 1, --transactions at least 0, --defect as in --help");
            return 2;
        }

        PipelineSetup setup = PipelineSetup.ForSeeds() with { Defect = planted, KeepsLog = log, MaxSteps = maxSteps };
        setup = faults == "all" ? setup.WithAllFaults() : setup;
        Stopwatch watch = Stopwatch.StartNew();
        Lock gate = new();
        int violations = 0;
        long steps = 0;
        long simulated = 0;
        Parallel.For((long)first, (long)last + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            SimulatedPipeline? pipeline = null;
            SimulationOutcome outcome = PipelineSimulation.Run((ulong)seed, setup, run =>
            {
                pipeline = run;
                return PipelineSimulation.Soak(slots, load)(run);
            });
            lock (gate)
            {
                steps += outcome.Report.Steps;
                simulated += (long)(outcome.Report.Time / setup.Slot);
                if (!outcome.HasPassed)
                {
                    violations++;
                    if (violations == 1)
                    {
                        Console.WriteLine(outcome.Describe());
                        if (log && pipeline is not null)
                        {
                            foreach (string line in pipeline.Log)
                            {
                                Console.WriteLine(line);
                            }

                            for (int silo = 0; silo < setup.Silos; silo++)
                            {
                                foreach (ReplicaEvent happened in pipeline.Events(silo).Where(happened => happened is not ReplicaEvent.StatusChanged))
                                {
                                    Console.WriteLine($"{happened.At:mm:ss.fff} silo {silo} tells {happened}");
                                }
                            }
                        }
                    }
                    else
                    {
                        Console.WriteLine($"seed {seed}: {outcome.Describe().Split('\n')[0]}");
                    }
                }
            }
        });
        double rate = simulated / watch.Elapsed.TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{last - first + 1} seeds, {simulated} slots, {violations} violations, {rate:F0} slots a second, {steps} steps, {watch.Elapsed.TotalSeconds:F1} s"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(double)steps / simulated:F0} steps and {GC.GetTotalAllocatedBytes() / 1024.0 / simulated:F0} KiB allocated a slot, {GC.GetTotalPauseDuration().TotalSeconds:F1} s in {GC.CollectionCount(0)} collections, {GC.CollectionCount(2)} of them full"));
        if (json is not null)
        {
            File.WriteAllText(json.FullName, JsonSerializer.Serialize(new { seeds = last - first + 1, slots = simulated, violations, slotsPerSecond = Math.Round(rate, 1) }, Indented));
        }

        return violations == 0 ? 0 : 1;
    }
}
