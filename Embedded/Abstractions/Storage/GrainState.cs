namespace Orleans;

/// <summary>A record on its way to or from storage.</summary>
/// <typeparam name="T">The type of the content.</typeparam>
[GenerateSerializer]
public sealed class GrainState<T> : IGrainState<T>
{
    /// <summary>An empty one.</summary>
    public GrainState()
    {
    }

    /// <summary>One with content.</summary>
    /// <param name="state">The content.</param>
    public GrainState(T? state)
        : this(state, null)
    {
    }

    /// <summary>One with content and version.</summary>
    /// <param name="state">The content.</param>
    /// <param name="eTag">The version.</param>
    public GrainState(T? state, string? eTag)
    {
        State = state;
        ETag = eTag;
    }

    /// <inheritdoc/>
    [Id(0)]
    public T? State { get; set; }

    /// <inheritdoc/>
    [Id(1)]
    public string? ETag { get; set; }

    /// <inheritdoc/>
    [Id(2)]
    public bool RecordExists { get; set; }
}
