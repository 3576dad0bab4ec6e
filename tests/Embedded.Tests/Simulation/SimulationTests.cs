using Cloud.Embedded.Simulation;

namespace Cloud.Embedded.Tests.Simulation;

[Trait("Category", "Simulation")]
public sealed class SimulationTests
{
    private const int Seeds = 1000;

    [Fact]
    public void A_sound_protocol_keeps_its_invariants_over_a_thousand_seeds_with_all_faults_and_the_same_seed_gives_the_same_run()
    {
        HashSet<FaultKind> kinds = [];
        HashSet<string> hashes = [];
        SimulationOptions options = RegisterScenario.Options(SimulationFaults.All);
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            SimulationOutcome first = Embedded.Simulation.Simulation.Run(seed, options, RegisterScenario.Sound);
            Assert.True(first.HasPassed, first.Describe());
            hashes.Add(first.Report.RunHash);
            kinds.UnionWith(first.Report.Faults.Select(fault => fault.Id.Kind));

            SimulationOutcome second = Embedded.Simulation.Simulation.Run(seed, options, RegisterScenario.Sound);
            Assert.True(
                (first.Report.RunHash, first.Report.Steps) == (second.Report.RunHash, second.Report.Steps),
                $"seed {seed}: {first.Report.RunHash} in {first.Report.Steps} steps, then {second.Report.RunHash} in {second.Report.Steps}");
            Assert.Equal(first.Report.Faults.Select(fault => fault.ToString()), second.Report.Faults.Select(fault => fault.ToString()));
        }

        Assert.Equal(Enum.GetValues<FaultKind>().Order(), kinds.Order());
        Assert.Equal(Seeds, hashes.Count);
    }

    [Fact]
    public void A_planted_bug_is_found_replayed_and_shrunk()
    {
        SimulationOptions options = RegisterScenario.Options(SimulationFaults.All);
        SimulationOutcome.Broken? found = null;
        for (ulong seed = 0; found is null && seed < Seeds; seed++)
        {
            found = Embedded.Simulation.Simulation.Run(seed, options, RegisterScenario.Careless) as SimulationOutcome.Broken;
        }

        Assert.NotNull(found);
        Assert.Equal("a register answers with one value", found.Invariant);
        SimulationOutcome again = Embedded.Simulation.Simulation.Run(found.Report.Seed, options, RegisterScenario.Careless);
        Assert.Equal(found.Describe(), again.Describe());
        ShrunkSimulation shrunk = Embedded.Simulation.Simulation.Shrink(found.Report.Seed, options, RegisterScenario.Careless);
        SimulationOutcome.Broken smallest = Assert.IsType<SimulationOutcome.Broken>(shrunk.Smallest);
        Assert.Equal(found.Invariant, smallest.Invariant);
        Assert.InRange(smallest.Report.Faults.Count, 1, Math.Min(4, found.Report.Faults.Count));
        SimulationOutcome replayed = Embedded.Simulation.Simulation.Run(found.Report.Seed, shrunk.Options, RegisterScenario.Careless);
        Assert.Equal(smallest.Report.RunHash, replayed.Report.RunHash);
        Assert.Contains($"seed {found.Report.Seed}", smallest.Describe(), StringComparison.Ordinal);
    }
}
