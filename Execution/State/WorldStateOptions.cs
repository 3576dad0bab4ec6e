using Cloud.Storage.Lmdb;

namespace Cloud.Execution.State;

/// <summary>How to open a <see cref="WorldState"/>.</summary>
public sealed record WorldStateOptions
{
    /// <summary>Least that <see cref="HistoryBlocks"/> may be: views of layers that are being flattened need a little history.</summary>
    public const int MinHistoryBlocks = 64;

    /// <summary>How many flattened blocks back the state can be read, in blocks.</summary>
    public int HistoryBlocks { get; init; } = 8_192;

    /// <summary>How many trie nodes of the flattened block may stay in memory.</summary>
    public int MaxCachedNodes { get; init; } = 200_000;

    /// <summary>What a flatten waits for.</summary>
    public LmdbSyncMode SyncMode { get; init; }

    /// <summary>Size of the memory map at first, in bytes. It grows as it must.</summary>
    public long MapSize { get; init; } = 4L << 30;
}
