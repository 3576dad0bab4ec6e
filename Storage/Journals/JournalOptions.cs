namespace Cloud.Storage.Journals;

/// <summary>How to open a <see cref="Journal"/>.</summary>
public sealed record JournalOptions
{
    /// <summary>Name and version of what the records hold. Written into every file and compared when it is opened; at most 64 bytes of UTF-8.</summary>
    public string Format { get; init; } = "";

    /// <summary>Longest record in bytes.</summary>
    public int MaxRecordLength { get; init; } = 16 << 20;

    /// <summary>A file that is longer than this in bytes is followed by a new one.</summary>
    public long SegmentLength { get; init; } = 64 << 20;

    /// <summary>Most appends that wait at the same time; further ones wait for room.</summary>
    public int MaxQueuedAppends { get; init; } = 4096;
}
