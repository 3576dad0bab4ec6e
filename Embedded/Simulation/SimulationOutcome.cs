using System.Text;

namespace Cloud.Embedded.Simulation;

/// <summary>How a run ended.</summary>
public abstract record SimulationOutcome
{
    private SimulationOutcome(SimulationReport report, bool hasPassed)
    {
        Report = report;
        HasPassed = hasPassed;
    }

    /// <summary>What is known of the run.</summary>
    public SimulationReport Report { get; }

    /// <summary>Whether the scenario ended and every invariant held.</summary>
    public bool HasPassed { get; }

    /// <summary>The outcome in words, with the seed, the faults and the trail.</summary>
    /// <returns>Several lines.</returns>
    public string Describe()
    {
        StringBuilder text = new();
        text.AppendLine(Headline());
        text.AppendLine($"seed {Report.Seed}, {Report.Steps} steps, {Report.Time} of simulated time, run hash {Report.RunHash}");
        foreach (InjectedFault fault in Report.Faults)
        {
            text.AppendLine($"  fault {fault}");
        }

        foreach (string line in Report.Trail)
        {
            text.AppendLine($"  {line}");
        }

        return text.ToString();
    }

    /// <summary>The same kind of end for the same reason, whatever the step.</summary>
    internal abstract string Signature();

    private protected abstract string Headline();

    /// <summary>The scenario ended and every invariant held.</summary>
    public sealed record Passed : SimulationOutcome
    {
        internal Passed(SimulationReport report)
            : base(report, true)
        {
        }

        internal override string Signature() => "passed";

        private protected override string Headline() => "passed";
    }

    /// <summary>An invariant did not hold after a step.</summary>
    public sealed record Broken : SimulationOutcome
    {
        internal Broken(SimulationReport report, string invariant, string detail)
            : base(report, false)
        {
            Invariant = invariant;
            Detail = detail;
        }

        /// <summary>Which one.</summary>
        public string Invariant { get; }

        /// <summary>What it said.</summary>
        public string Detail { get; }

        internal override string Signature() => $"broken {Invariant}";

        private protected override string Headline() => $"invariant '{Invariant}' is broken: {Detail}";
    }

    /// <summary>The scenario or a process of it threw.</summary>
    public sealed record Failed : SimulationOutcome
    {
        internal Failed(SimulationReport report, Exception exception)
            : base(report, false) => Exception = exception;

        /// <summary>What it threw.</summary>
        public Exception Exception { get; }

        internal override string Signature() => $"failed {Exception.GetType()}";

        private protected override string Headline() => $"the scenario failed: {Exception}";
    }

    /// <summary>Code left the simulated world, so that its order is not under control: see <see cref="SimulationEscapeException"/>.</summary>
    public sealed record Escaped : SimulationOutcome
    {
        internal Escaped(SimulationReport report, SimulationEscapeException exception)
            : base(report, false) => Exception = exception;

        /// <summary>Says where.</summary>
        public SimulationEscapeException Exception { get; }

        internal override string Signature() => "escaped";

        private protected override string Headline() => Exception.Message;
    }

    /// <summary>The scenario did not end within the steps or the time allowed.</summary>
    public sealed record Unfinished : SimulationOutcome
    {
        internal Unfinished(SimulationReport report, string limit)
            : base(report, false) => Limit = limit;

        /// <summary>Which limit.</summary>
        public string Limit { get; }

        internal override string Signature() => "unfinished";

        private protected override string Headline() => $"the scenario did not end within {Limit}";
    }
}
