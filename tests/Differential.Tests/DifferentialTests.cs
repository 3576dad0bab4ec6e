using System.Globalization;
using Cloud.Protocol;
using Cloud.Testing.L1;

namespace Cloud.Differential.Tests;

/// <summary>The EVM and the state against anvil. DIFFERENTIAL_TRANSACTIONS and DIFFERENTIAL_SEED make the run longer, or the same as one that failed: see differential.sh.</summary>
public sealed class DifferentialTests
{
    private const int DefaultTransactions = 3_000;

    [Theory]
    [InlineData(Fork.Osaka)]
    [InlineData(Fork.Prague)]
    [Trait("Category", "EndToEnd")]
    public async Task Random_transactions_and_programs_give_the_same_on_anvil(Fork fork)
    {
        if (AnvilProcess.Find() is null)
        {
            Assert.Skip($"anvil is not installed: run npm ci in contracts/, or set {AnvilProcess.ProgramVariable} to its path.");
        }

        if (Environment.GetEnvironmentVariable("DIFFERENTIAL_FORK") is { Length: > 0 } wanted && !string.Equals(wanted, fork.ToString(), StringComparison.OrdinalIgnoreCase))
        {
            Assert.Skip($"DIFFERENTIAL_FORK asks for {wanted} only.");
        }

        int transactions = Number("DIFFERENTIAL_TRANSACTIONS") ?? DefaultTransactions;
        int seed = Number("DIFFERENTIAL_SEED") ?? Random.Shared.Next(1, int.MaxValue);
        ITestOutputHelper output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"seed {seed}");
        Action<string> report = transactions > DefaultTransactions ? Console.Error.WriteLine : output.WriteLine;
        using DifferentialRun run = new(fork, seed);
        report(await run.RunAsync(transactions, report, TestContext.Current.CancellationToken));
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
