namespace Cloud.Embedded.Simulation;

/// <summary>
/// Runs a cluster on one thread in simulated time: every turn, timer, message and storage completion in an order that the seed chooses, with the faults that the seed chooses.
/// The same seed gives the same run.
/// </summary>
/// <remarks>
/// What runs in it must take time from the <see cref="TimeProvider"/> it is given, do no real I/O, use no thread, no ConfigureAwait(false) and no random numbers of its own.
/// Code that leaves the simulated world is found and ends the run with <see cref="SimulationOutcome.Escaped"/>.
/// </remarks>
public static class Simulation
{
    private const int MaxShrinkRuns = 400;

    /// <summary>Runs a scenario.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="options">What the simulation consists of; not changed.</param>
    /// <param name="scenario">What happens in it; the run ends with it.</param>
    /// <returns>How it ended.</returns>
    public static SimulationOutcome Run(ulong seed, SimulationOptions options, Func<SimulationContext, Task> scenario)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Silos, 1);
        SimulationOutcome? outcome = null;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                outcome = new SimulatedScheduler(seed, options).Run(scenario);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        })
        {
            IsBackground = true,
            Name = $"simulation {seed}",
        };
        thread.Start();
        thread.Join();
        return outcome ?? throw new InvalidOperationException($"The simulator itself failed with seed {seed}.", failure);
    }

    /// <summary>Runs a failing scenario again and again with fewer faults, as long as it fails in the same way.</summary>
    /// <param name="seed">The seed of the failing run.</param>
    /// <param name="options">The options of the failing run.</param>
    /// <param name="scenario">The scenario.</param>
    /// <returns>The original run and the smallest one; both the same if the run passes.</returns>
    public static ShrunkSimulation Shrink(ulong seed, SimulationOptions options, Func<SimulationContext, Task> scenario)
    {
        SimulationOutcome original = Run(seed, options, scenario);
        int runs = 1;
        if (original.HasPassed)
        {
            return new ShrunkSimulation(original, original, options, runs);
        }

        string signature = original.Signature();
        SimulationOutcome smallest = original;
        SimulationOptions smallestOptions = options;
        List<FaultId> faults = Ids(original);

        // Whether the failure needs the random order at all.
        Try(options.With(static options => options.RandomOrder = false));

        int chunk = Math.Max(1, faults.Count / 2);
        while (faults.Count > 0 && runs < MaxShrinkRuns)
        {
            bool removed = false;
            for (int start = 0; start < faults.Count && runs < MaxShrinkRuns;)
            {
                List<FaultId> fewer = [.. faults];
                fewer.RemoveRange(start, Math.Min(chunk, fewer.Count - start));
                if (Try(smallestOptions.With(options => options.OnlyFaults = fewer.ToHashSet())))
                {
                    removed = true;
                }
                else
                {
                    start += chunk;
                }
            }

            if (chunk > 1)
            {
                chunk = Math.Max(1, chunk / 2);
            }
            else if (!removed)
            {
                break;
            }
        }

        return new ShrunkSimulation(original, smallest, smallestOptions, runs);

        bool Try(SimulationOptions candidate)
        {
            runs++;
            SimulationOutcome outcome = Run(seed, candidate, scenario);
            if (outcome.Signature() != signature || (outcome.Report.Faults.Count > smallest.Report.Faults.Count && candidate.OnlyFaults is null))
            {
                return false;
            }

            smallest = outcome;
            smallestOptions = candidate;
            faults = Ids(outcome);
            return true;
        }

        static List<FaultId> Ids(SimulationOutcome outcome)
        {
            List<FaultId> ids = [];
            foreach (InjectedFault fault in outcome.Report.Faults)
            {
                ids.Add(fault.Id);
            }

            return ids;
        }
    }
}
