namespace Cloud.Storage.Journals;

/// <summary>What opening a journal found.</summary>
/// <param name="Records">Records that are there.</param>
/// <param name="TornFile">The file whose end was cut, since a crash left it half-written; null where none was.</param>
/// <param name="TornBytes">How many bytes were cut. No append that completed was in them.</param>
public sealed record JournalReport(long Records, string? TornFile, long TornBytes);
