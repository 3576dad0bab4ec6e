using System.Collections.Concurrent;
using Cloud.Execution.Processing;

using Cloud.Protocol.Tests;

namespace Cloud.Execution.Tests.Conformance;

/// <summary>GeneralStateTests of ethereum/tests: state root and logs of each case, for Cancun and later forks.</summary>
[Trait("Category", "Conformance")]
public sealed class StateTests
{
    [Fact]
    public void Every_published_state_test_ends_in_the_expected_state()
    {
        IReadOnlyList<string> files = Vectors.FilesBelow("GeneralStateTests");
        ConcurrentBag<string> failures = [];
        int cases = 0;
        ConcurrentBag<BlockExecution> idle = [];
        Parallel.ForEach(files, path =>
        {
            BlockExecution execution = idle.TryTake(out BlockExecution? kept) ? kept : new BlockExecution();
            List<string> failed = [];
            try
            {
                Interlocked.Add(ref cases, new StateTest(path).Run(execution, failed));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                failed.Add($"{path}: {e}");
            }

            failed.ForEach(failures.Add);
            idle.Add(execution);
        });

        foreach (BlockExecution execution in idle)
        {
            execution.Dispose();
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{cases} cases in {files.Count} files");
        Assert.True(failures.IsEmpty, $"{failures.Count} of {cases} failed:\n{string.Join('\n', failures.Order(StringComparer.Ordinal).Take(40))}");
        Assert.True(cases > 0, "The files hold no case for a fork that the EVM knows.");
    }
}
