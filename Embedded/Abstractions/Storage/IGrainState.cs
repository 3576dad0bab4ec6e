namespace Orleans;

/// <summary>A record on its way to or from storage.</summary>
/// <typeparam name="T">The type of the content.</typeparam>
public interface IGrainState<T>
{
    /// <summary>The content.</summary>
    T? State { get; set; }

    /// <summary>Which version of the record this is; null if there is none.</summary>
    string? ETag { get; set; }

    /// <summary>Whether there is a record.</summary>
    bool RecordExists { get; set; }
}
