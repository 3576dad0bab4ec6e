namespace Cloud.Storage.Lmdb;

/// <summary>One consistent view of an <see cref="LmdbEnvironment"/>. Spans that it gives point into the map and are good until it ends or writes. One thread at a time.</summary>
public abstract unsafe class LmdbTransaction : IDisposable
{
    private protected LmdbTransaction(LmdbEnvironment environment) => Environment = environment;

    private protected LmdbEnvironment Environment { get; }

    private protected nint Native { get; set; }

    /// <summary>Reads a value without a copy.</summary>
    /// <param name="database">Where.</param>
    /// <param name="key">1 to 511 bytes.</param>
    /// <param name="value">A view of the map; empty where the result is false.</param>
    /// <returns>False where there is no such key.</returns>
    /// <exception cref="StorageException">The file is corrupt.</exception>
    public bool TryGet(LmdbDatabase database, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        fixed (byte* start = key)
        {
            LmdbNative.Value nativeKey = new() { Size = (nuint)key.Length, Data = start };
            LmdbNative.Value nativeValue = default;
            int code = LmdbNative.Get(RequireOpen(), database.Handle, &nativeKey, &nativeValue);
            if (code == LmdbNative.Success)
            {
                value = new ReadOnlySpan<byte>(nativeValue.Data, checked((int)nativeValue.Size));
                return true;
            }

            value = default;
            return code == LmdbNative.NotFound ? false : throw Environment.Failure(code);
        }
    }

    /// <summary>Number of keys.</summary>
    /// <param name="database">Where.</param>
    /// <returns>The number.</returns>
    public long Count(LmdbDatabase database)
    {
        Environment.Check(LmdbNative.DatabaseStatistics(RequireOpen(), database.Handle, out LmdbNative.Statistics statistics));
        return (long)statistics.Entries;
    }

    /// <summary>A cursor that stands nowhere yet.</summary>
    /// <param name="database">Where.</param>
    /// <returns>The cursor, to be disposed before the transaction ends.</returns>
    public LmdbCursor OpenCursor(LmdbDatabase database)
    {
        Environment.Check(LmdbNative.CursorOpen(RequireOpen(), database.Handle, out nint cursor));
        return new LmdbCursor(Environment, cursor);
    }

    /// <summary>Ends the transaction. A write transaction that was not committed is undone.</summary>
    public abstract void Dispose();

    private protected nint RequireOpen() => Native != 0 ? Native : throw new ObjectDisposedException(GetType().Name);
}
