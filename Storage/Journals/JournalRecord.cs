namespace Cloud.Storage.Journals;

/// <summary>A record of a journal.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Content">What was appended.</param>
public readonly record struct JournalRecord(long Sequence, ReadOnlyMemory<byte> Content);
