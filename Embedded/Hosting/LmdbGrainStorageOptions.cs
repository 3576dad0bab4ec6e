namespace Cloud.Embedded.Hosting;

/// <summary>Options of grain storage on disk.</summary>
public sealed class LmdbGrainStorageOptions
{
    /// <summary>The folder; made where there is none. Storages with the same folder share one file.</summary>
    public string Directory { get; set; } = string.Empty;

    /// <summary>Bytes that the file may grow to. Default 16 GiB.</summary>
    public long MaxSize { get; set; } = 16L << 30;

    /// <summary>Writes that may wait for the disk before new ones are refused. Default 4,096.</summary>
    public int MaxPendingWrites { get; set; } = 4096;
}
