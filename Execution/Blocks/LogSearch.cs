using System.Collections.Immutable;

namespace Cloud.Execution.Blocks;

/// <summary>What a search for logs gives.</summary>
public abstract record LogSearch
{
    private LogSearch()
    {
    }

    /// <summary>All logs that match.</summary>
    /// <param name="Logs">In the order of the chain.</param>
    public sealed record Found(ImmutableArray<StoredLog> Logs) : LogSearch;

    /// <summary>More logs match than may be returned.</summary>
    /// <param name="Limit">How many may.</param>
    /// <param name="NextBlock">The first block whose logs did not all fit: searching up to the one before is possible.</param>
    public sealed record TooMany(int Limit, ulong NextBlock) : LogSearch;
}
