namespace Cloud.Storage.Lmdb;

/// <summary>The one write transaction of an environment. All its calls must come from the thread that began it.</summary>
public sealed unsafe class LmdbWriteTransaction : LmdbTransaction
{
    internal LmdbWriteTransaction(LmdbEnvironment environment, nint native)
        : base(environment) => Native = native;

    /// <summary>Writes a value, over an older one where there is one.</summary>
    /// <param name="database">Where.</param>
    /// <param name="key">1 to 511 bytes.</param>
    /// <param name="value">Any length that fits in the map.</param>
    /// <exception cref="StorageException">The map is full, or the disk.</exception>
    public void Put(LmdbDatabase database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Put(database, key, value, 0);

    /// <summary>Writes a value behind all others, which is faster than <see cref="Put(LmdbDatabase, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>.</summary>
    /// <param name="database">Where.</param>
    /// <param name="key">1 to 511 bytes, above every key that is there.</param>
    /// <param name="value">Any length that fits in the map.</param>
    /// <exception cref="ArgumentException">The key is not above every other.</exception>
    /// <exception cref="StorageException">The map is full, or the disk.</exception>
    public void Append(LmdbDatabase database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Put(database, key, value, LmdbNative.PutAppend);

    /// <summary>Writes a value unless the key is there.</summary>
    /// <param name="database">Where.</param>
    /// <param name="key">1 to 511 bytes.</param>
    /// <param name="value">Any length that fits in the map.</param>
    /// <returns>False where the key was there; its value is unchanged.</returns>
    /// <exception cref="StorageException">The map is full, or the disk.</exception>
    public bool TryAdd(LmdbDatabase database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Put(database, key, value, LmdbNative.PutNoOverwrite);

    /// <summary>Makes room for a value, to be filled in place.</summary>
    /// <param name="database">Where.</param>
    /// <param name="key">1 to 511 bytes.</param>
    /// <param name="length">Length of the value in bytes.</param>
    /// <returns>The room, to be filled before the next write.</returns>
    /// <exception cref="StorageException">The map is full, or the disk.</exception>
    public Span<byte> Reserve(LmdbDatabase database, ReadOnlySpan<byte> key, int length)
    {
        fixed (byte* start = key)
        {
            LmdbNative.Value nativeKey = new() { Size = (nuint)key.Length, Data = start };
            LmdbNative.Value nativeValue = new() { Size = (nuint)length };
            Environment.Check(LmdbNative.Put(RequireOpen(), database.Handle, &nativeKey, &nativeValue, LmdbNative.PutReserve));
            return new Span<byte>(nativeValue.Data, length);
        }
    }

    /// <summary>Removes a key.</summary>
    /// <param name="database">Where.</param>
    /// <param name="key">1 to 511 bytes.</param>
    /// <returns>False where there was no such key.</returns>
    /// <exception cref="StorageException">The map is full, or the disk.</exception>
    public bool Delete(LmdbDatabase database, ReadOnlySpan<byte> key)
    {
        fixed (byte* start = key)
        {
            LmdbNative.Value nativeKey = new() { Size = (nuint)key.Length, Data = start };
            int code = LmdbNative.Delete(RequireOpen(), database.Handle, &nativeKey, null);
            if (code == LmdbNative.NotFound)
            {
                return false;
            }

            Environment.Check(code);
            return true;
        }
    }

    /// <summary>Removes all keys of a database.</summary>
    /// <param name="database">Which.</param>
    public void Clear(LmdbDatabase database) => Environment.Check(LmdbNative.DatabaseDrop(RequireOpen(), database.Handle, 0));

    /// <summary>Makes the changes durable, as far as the <see cref="LmdbSyncMode"/> says, and visible to transactions that begin later. Ends the transaction.</summary>
    /// <exception cref="StorageException">Nothing of the transaction was written.</exception>
    public void Commit()
    {
        nint native = RequireOpen();
        Native = 0;
        try
        {
            Environment.Check(LmdbNative.TransactionCommit(native));
        }
        finally
        {
            Environment.EndWrite();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (Native != 0)
        {
            LmdbNative.TransactionAbort(Native);
            Native = 0;
            Environment.EndWrite();
        }
    }

    internal LmdbDatabase OpenDatabase(string name)
    {
        Environment.Check(LmdbNative.DatabaseOpen(RequireOpen(), name, LmdbNative.DatabaseCreate, out uint handle));
        return new LmdbDatabase(handle);
    }

    private bool Put(LmdbDatabase database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, uint flags)
    {
        fixed (byte* keyStart = key)
        fixed (byte* valueStart = value)
        {
            LmdbNative.Value nativeKey = new() { Size = (nuint)key.Length, Data = keyStart };
            LmdbNative.Value nativeValue = new() { Size = (nuint)value.Length, Data = valueStart };
            int code = LmdbNative.Put(RequireOpen(), database.Handle, &nativeKey, &nativeValue, flags);
            if (code == LmdbNative.KeyExists)
            {
                return flags == LmdbNative.PutAppend ? throw new ArgumentException("The key is not above every other key.", nameof(key)) : false;
            }

            Environment.Check(code);
            return true;
        }
    }
}
