namespace Cloud.Execution.Journal;

/// <summary>A moment inside a transaction to which the state can go back.</summary>
/// <param name="Entries">Length of the journal then.</param>
/// <param name="Logs">Number of logs then.</param>
/// <param name="Refund">Refund counter then.</param>
internal readonly record struct Snapshot(int Entries, int Logs, long Refund);
