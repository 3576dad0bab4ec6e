namespace Cloud.Bench;

/// <summary>One subject of ./bench.sh. Every implementation with a constructor without parameters is found by itself: adding a subject is adding a class.</summary>
public interface ISubject
{
    /// <summary>The word on the command line.</summary>
    string Name { get; }

    /// <summary>What it measures, one line for --help.</summary>
    string Summary { get; }

    /// <summary>Classes with BenchmarkDotNet's attributes, for --precise; none where the quick runner is all.</summary>
    IReadOnlyList<Type> PreciseBenchmarks => [];

    /// <summary>Measures. Should take less than a minute with the default options.</summary>
    /// <param name="bench">How to measure and where to report.</param>
    /// <param name="cancellation">Set when the user interrupts.</param>
    Task RunAsync(BenchRun bench, CancellationToken cancellation);
}
