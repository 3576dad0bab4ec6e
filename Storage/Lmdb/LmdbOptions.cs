namespace Cloud.Storage.Lmdb;

/// <summary>How to open an <see cref="LmdbEnvironment"/>.</summary>
public sealed record LmdbOptions
{
    /// <summary>Size of the memory map at first, in bytes. Address space only: the file takes what is used.</summary>
    public long MapSize { get; init; } = 1L << 30;

    /// <summary>The map doubles up to this, in bytes, when it is full.</summary>
    public long MaxMapSize { get; init; } = 1L << 40;

    /// <summary>Most named databases.</summary>
    public int MaxDatabases { get; init; } = 32;

    /// <summary>Most read transactions at the same time, pooled ones included.</summary>
    public int MaxReaders { get; init; } = 1024;

    /// <summary>What a commit waits for.</summary>
    public LmdbSyncMode SyncMode { get; init; }

    /// <summary>Name and version of what is stored. Written when the file is made, and compared when it is opened; null for no check.</summary>
    public string? Format { get; init; }

    /// <summary>How long growing the map waits for open read transactions to end.</summary>
    public TimeSpan GrowTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
