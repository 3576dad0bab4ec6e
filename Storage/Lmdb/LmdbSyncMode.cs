namespace Cloud.Storage.Lmdb;

/// <summary>What a commit waits for. A killed process loses nothing that was committed in any mode; the modes differ when the machine fails.</summary>
public enum LmdbSyncMode
{
    /// <summary>Everything is on disk when a commit returns.</summary>
    Full,

    /// <summary>When the machine fails, the last commit may be undone, and the file stays consistent.</summary>
    Consistent,

    /// <summary>When the machine fails, the file may be lost, but for what <see cref="LmdbEnvironment.Sync"/> covered. For caches and tests.</summary>
    None,
}
