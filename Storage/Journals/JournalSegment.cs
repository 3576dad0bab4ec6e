namespace Cloud.Storage.Journals;

/// <summary>A file of a journal.</summary>
internal sealed class JournalSegment(string path, long firstSequence)
{
    public string Path { get; } = path;

    public long FirstSequence { get; } = firstSequence;

    /// <summary>Bytes that are whole and on disk.</summary>
    public long DurableLength { get; set; }
}
