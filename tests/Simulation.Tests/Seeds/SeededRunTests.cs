using Cloud.Embedded.Simulation;
using Cloud.Simulator;

namespace Cloud.Simulation.Tests.Seeds;

[Trait("Category", "Simulation")]
public sealed class SeededRunTests
{
    private const int Seeds = 100;
    private const int Slots = 8;

    [Fact]
    public void No_invariant_breaks_in_a_hundred_seeds_with_all_faults()
    {
        Assert.Empty(Failures(1, Seeds, new PipelineSetup().WithAllFaults(), transactionsPerSlot: 1));
    }

    [Fact]
    public void No_invariant_breaks_where_silos_take_over_what_the_signing_ledger_kept()
    {
        PipelineSetup setup = new();
        setup = setup with { Options = setup.Options with { HasOtherSilos = true, ResendTransactionsAfter = TimeSpan.FromSeconds(3) } };
        Assert.Empty(Failures(1, 25, setup.WithAllFaults(), transactionsPerSlot: 1));
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        PipelineSetup setup = new PipelineSetup().WithAllFaults();
        SimulationReport first = PipelineSimulation.Run(7, setup, PipelineSimulation.Soak(6)).Report;
        SimulationReport second = PipelineSimulation.Run(7, setup, PipelineSimulation.Soak(6)).Report;
        Assert.Equal((first.RunHash, first.Steps), (second.RunHash, second.Steps));
        Assert.NotEqual(first.RunHash, PipelineSimulation.Run(8, setup, PipelineSimulation.Soak(6)).Report.RunHash);
    }

    [Fact]
    public void Signatures_that_leave_before_they_are_recorded_are_found() =>
        Assert.Contains("signed two things", FirstFailure(PlantedDefect.SignBeforeStoring, transactionsPerSlot: 1), StringComparison.Ordinal);

    [Fact]
    public void A_certificate_that_is_one_short_of_the_quorum_is_found() =>
        Assert.Contains("without a quorum", FirstFailure(PlantedDefect.QuorumOneShort, transactionsPerSlot: 1), StringComparison.Ordinal);

    [Fact]
    public void A_reorganisation_that_loses_transactions_is_found() =>
        Assert.Contains("is lost", FirstFailure(PlantedDefect.ReorgLosesTransactions, transactionsPerSlot: 3), StringComparison.Ordinal);

    /// <summary>Looks through seeds, a few at a time, for the first failure.</summary>
    private static string FirstFailure(PlantedDefect defect, int transactionsPerSlot)
    {
        PipelineSetup setup = new PipelineSetup { Defect = defect }.WithAllFaults();
        for (ulong from = 1; from < 40; from += 4)
        {
            if (Failures(from, from + 3, setup, transactionsPerSlot, slots: 30) is [string failure, ..])
            {
                return failure;
            }
        }

        return "";
    }

    private static List<string> Failures(ulong from, ulong through, PipelineSetup setup, int transactionsPerSlot, int slots = Slots)
    {
        List<string> failures = [];
        Parallel.For((long)from, (long)through + 1, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, seed =>
        {
            SimulationOutcome outcome = PipelineSimulation.Run((ulong)seed, setup, PipelineSimulation.Soak(slots, transactionsPerSlot));
            if (!outcome.HasPassed)
            {
                lock (failures)
                {
                    failures.Add($"seed {seed}: {outcome.Describe()}");
                }
            }
        });
        return failures;
    }
}
