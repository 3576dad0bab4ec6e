namespace Cloud.Cli.Load;

/// <summary>What came of a load.</summary>
/// <param name="Submitted">Transactions that the gateway accepted.</param>
/// <param name="Refused">Those that it did not.</param>
/// <param name="Refusals">Why, and how often.</param>
/// <param name="Lost">Accepted ones that are in no block of the chain at the end.</param>
/// <param name="PreconfirmedMs">From just before the request to its answer with a receipt: the transaction is in a signed flashblock. Null where there is none.</param>
/// <param name="Until">What was waited for.</param>
/// <param name="Reached">Whether the last transaction got there in time.</param>
/// <param name="DurationSeconds">From the first transaction to the last answer.</param>
/// <param name="TransactionsPerSecond">Accepted in that time.</param>
internal sealed record LoadResult(
    int Submitted,
    int Refused,
    IReadOnlyDictionary<string, int> Refusals,
    int Lost,
    LoadResult.Percentiles? PreconfirmedMs,
    string Until,
    bool Reached,
    double DurationSeconds,
    double TransactionsPerSecond)
{
    /// <summary>Times in milliseconds.</summary>
    /// <param name="P50">Half of them took no longer.</param>
    /// <param name="P99">99 of 100 took no longer.</param>
    public sealed record Percentiles(double P50, double P99);
}
