using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using Cloud.Protocol.Crypto;

namespace Cloud.Storage.Lmdb;

/// <summary>A folder with an LMDB file: sorted key-value databases with snapshots and crash-safe commits. Safe for use by several threads.</summary>
/// <remarks>
/// One process at a time (<see cref="DirectoryLock"/>). Readers never wait for writers, nor writers for readers, but for the moment in which the map grows:
/// a full map doubles, up to <see cref="LmdbOptions.MaxMapSize"/>, once all transactions have ended.
/// </remarks>
public sealed unsafe class LmdbEnvironment : IDisposable
{
    private const string DataFileName = "data.mdb";
    private const int InputOutputError = 5;
    private const int NoSpaceError = 28;
    private const long NearlyFull = 1 << 20;
    private const string FormatDatabase = "format";
    private static readonly byte[] FormatKey = "format"u8.ToArray();

    private readonly LmdbOptions _options;
    private readonly DirectoryLock _lock;
    private readonly string _file;
    private readonly ConcurrentStack<LmdbReadTransaction> _readers = new();
    private readonly Lock _growing = new();
    private nint _handle;
    private long _mapSize;
    private int _active;
    private volatile bool _paused;
    private volatile bool _isClosed;

    private LmdbEnvironment(string directory, LmdbOptions options, DirectoryLock directoryLock)
    {
        Directory = directory;
        _file = Path.Combine(directory, DataFileName);
        _options = options;
        _lock = directoryLock;
    }

    /// <summary>The folder.</summary>
    public string Directory { get; }

    /// <summary>Size of the memory map now, in bytes.</summary>
    public long MapSize => Volatile.Read(ref _mapSize);

    /// <summary>Bytes of the map that are used, free pages inside included.</summary>
    public long UsedBytes
    {
        get
        {
            Check(LmdbNative.EnvironmentInformation(Handle, out LmdbNative.EnvironmentInfo info));
            Check(LmdbNative.EnvironmentStatistics(Handle, out LmdbNative.Statistics statistics));
            return ((long)info.LastPage + 1) * statistics.PageSize;
        }
    }

    internal nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(LmdbEnvironment));

    /// <summary>Opens a folder, and makes it where there is none.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="options">How.</param>
    /// <returns>The environment, to be disposed after all its transactions.</returns>
    /// <exception cref="StorageException">The library is missing, the folder is in use, or the file is corrupt or of another format. Nothing was changed.</exception>
    public static LmdbEnvironment Open(string directory, LmdbOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MapSize, 1 << 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxMapSize, options.MapSize);
        LmdbEnvironment environment = new(Path.GetFullPath(directory), options, DirectoryLock.Take(directory));
        try
        {
            environment.Open();
            environment.CheckFormat();
            return environment;
        }
        catch
        {
            environment.Dispose();
            throw;
        }
    }

    /// <summary>Opens a named database, and makes it where there is none. To be done once, before it is used.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>What transactions take to name it.</returns>
    public LmdbDatabase OpenDatabase(string name) => Write(transaction => transaction.OpenDatabase(name));

    /// <summary>Begins a read transaction on the last commit.</summary>
    /// <returns>The transaction, to be disposed.</returns>
    /// <exception cref="StorageException">There are too many.</exception>
    public LmdbReadTransaction BeginRead()
    {
        Enter();
        if (!_readers.TryPop(out LmdbReadTransaction? transaction))
        {
            transaction = new LmdbReadTransaction(this);
        }

        try
        {
            transaction.Begin();
            return transaction;
        }
        catch
        {
            transaction.Free();
            Leave();
            throw;
        }
    }

    /// <summary>Begins the write transaction; waits for the one before to end. It stays on this thread.</summary>
    /// <returns>The transaction: commit it, and dispose it.</returns>
    /// <remarks>Prefer <see cref="Write{T}"/>, which grows a full map.</remarks>
    public LmdbWriteTransaction BeginWrite()
    {
        Enter();
        int code = LmdbNative.TransactionBegin(Handle, 0, 0, out nint native);
        if (code != LmdbNative.Success)
        {
            Leave();
            throw Failure(code);
        }

        return new LmdbWriteTransaction(this, native);
    }

    /// <summary>Runs a change in a write transaction and commits it. Where the map is full it grows, and the change runs again.</summary>
    /// <typeparam name="T">Kind of the result.</typeparam>
    /// <param name="change">What to write. It may run more than once; it must not keep views of the map.</param>
    /// <returns>The change's result.</returns>
    /// <exception cref="StorageException">Nothing was written.</exception>
    public T Write<T>(Func<LmdbWriteTransaction, T> change)
    {
        while (true)
        {
            long sizeBefore = MapSize;
            try
            {
                using LmdbWriteTransaction transaction = BeginWrite();
                T result = change(transaction);
                transaction.Commit();
                return result;
            }
            catch (StorageException e) when (e.Fault == StorageFault.MapFull && sizeBefore < _options.MaxMapSize)
            {
                Grow(sizeBefore);
            }
        }
    }

    /// <inheritdoc cref="Write{T}"/>
    public void Write(Action<LmdbWriteTransaction> change) => Write(transaction =>
    {
        change(transaction);
        return true;
    });

    /// <summary>Waits until everything committed is on disk, for the modes in which a commit does not.</summary>
    /// <exception cref="StorageException">The disk reports a failure.</exception>
    public void Sync() => Check(LmdbNative.EnvironmentSync(Handle, 1));

    /// <summary>Lets no transaction begin any more, waits until those that run have ended, and closes the file. One that does not end within <see cref="LmdbOptions.GrowTimeout"/> keeps the file open
    /// and the folder locked until the process ends: reading a map that is closed would end the process.</summary>
    public void Dispose()
    {
        lock (_growing)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            if (!Drain())
            {
                return;
            }

            while (_readers.TryPop(out LmdbReadTransaction? reader))
            {
                reader.Free();
            }

            if (_handle != 0)
            {
                LmdbNative.EnvironmentClose(_handle);
                _handle = 0;
            }

            _lock.Dispose();
        }
    }

    internal void Check(int code)
    {
        if (code != LmdbNative.Success)
        {
            throw Failure(code);
        }
    }

    internal Exception Failure(int code)
    {
        string text = Marshal.PtrToStringUTF8((nint)LmdbNative.ErrorText(code)) ?? "unknown";
        return code switch
        {
            LmdbNative.MapFull => new StorageException(
                StorageFault.MapFull, _file, $"The map of {MapSize} bytes is full.", $"It may grow to {_options.MaxMapSize} bytes; raise that limit, or delete data."),
            LmdbNative.Corrupted or LmdbNative.PageNotFound or LmdbNative.Invalid or LmdbNative.Panic => Corrupt(text),
            LmdbNative.VersionMismatch => new StorageException(
                StorageFault.VersionMismatch, _file, "The file was written by another version of LMDB.", "Open it with that version, or restore from a backup."),
            LmdbNative.ReadersFull => new StorageException(
                StorageFault.LimitExceeded, _file, $"More than {_options.MaxReaders} read transactions are open.", "Raise MaxReaders, or find who keeps them open."),
            LmdbNative.DatabasesFull => new StorageException(
                StorageFault.LimitExceeded, _file, $"More than {_options.MaxDatabases} databases.", "Raise MaxDatabases."),
            LmdbNative.BadValueSize => new ArgumentException($"A key has 1 to {LmdbDatabase.MaxKeyLength} bytes."),
            InputOutputError when IsDiskFull() => StorageException.FromErrno(_file, NoSpaceError, text),
            > 0 => StorageException.FromErrno(_file, code, text),
            _ => new StorageException(StorageFault.InputOutput, _file, $"LMDB reports: {text}.", "Check the disk and the system log."),
        };
    }

    internal void Return(LmdbReadTransaction transaction)
    {
        _readers.Push(transaction);
        Leave();
    }

    internal void EndWrite() => Leave();

    private StorageException Corrupt(string detail) =>
        new(StorageFault.CorruptFile, _file, $"The file is damaged ({detail}).", "Restore it from a backup, or delete the folder and let the node build it again.");

    // LMDB reports a write that the full disk cut short as an I/O error.
    private bool IsDiskFull() => new DriveInfo(Directory).AvailableFreeSpace < NearlyFull;

    private void Open()
    {
        try
        {
            Check(LmdbNative.EnvironmentCreate(out _handle));
        }
        catch (Exception e) when ((e as TypeInitializationException)?.InnerException is NativeLibraryMissingException || e is NativeLibraryMissingException)
        {
            NativeLibraryMissingException missing = (NativeLibraryMissingException)(e.InnerException ?? e);
            throw new StorageException(StorageFault.MissingLibrary, missing.File, missing.Message, "", e);
        }

        // The map must hold what the file has, however it came to be.
        long length = File.Exists(_file) ? new FileInfo(_file).Length : 0;
        long size = _options.MapSize;
        while (size < length && size < long.MaxValue / 2)
        {
            size *= 2;
        }

        Check(LmdbNative.EnvironmentSetMapSize(_handle, (nuint)size));
        Check(LmdbNative.EnvironmentSetMaxDatabases(_handle, (uint)_options.MaxDatabases + 1));
        Check(LmdbNative.EnvironmentSetMaxReaders(_handle, (uint)_options.MaxReaders));
        uint flags = LmdbNative.EnvironmentNoTls | LmdbNative.EnvironmentNoReadAhead | _options.SyncMode switch
        {
            LmdbSyncMode.Consistent => LmdbNative.EnvironmentNoMetaSync,
            LmdbSyncMode.None => LmdbNative.EnvironmentNoSync,
            _ => 0,
        };
        const uint OwnerOnly = 0x180;
        Check(LmdbNative.EnvironmentOpen(_handle, Directory, flags, OwnerOnly));
        Check(LmdbNative.EnvironmentInformation(_handle, out LmdbNative.EnvironmentInfo info));
        Volatile.Write(ref _mapSize, (long)info.MapSize);

        // Reading a page that a cut file lacks would kill the process.
        Check(LmdbNative.EnvironmentStatistics(_handle, out LmdbNative.Statistics statistics));
        long needed = ((long)info.LastPage + 1) * statistics.PageSize;
        if (length > 0 && new FileInfo(_file).Length < needed)
        {
            throw Corrupt($"it has {length} bytes where its pages need {needed}");
        }
    }

    private void CheckFormat()
    {
        if (_options.Format is not { } format)
        {
            return;
        }

        byte[] expected = Encoding.UTF8.GetBytes(format);
        LmdbDatabase database = OpenDatabase(FormatDatabase);
        string? found = Write(transaction =>
        {
            if (transaction.TryGet(database, FormatKey, out ReadOnlySpan<byte> value))
            {
                return Encoding.UTF8.GetString(value);
            }

            transaction.Put(database, FormatKey, expected);
            return null;
        });
        if (found is not null && found != format)
        {
            throw new StorageException(
                StorageFault.VersionMismatch, _file, $"The file holds {found}, and this program reads {format}.", "Use the program's other version, or another folder.");
        }
    }

    private void Enter()
    {
        Interlocked.Increment(ref _active);
        while (_paused)
        {
            Leave();
            // The one who grows the map holds the lock: this waits for it.
            lock (_growing)
            {
            }

            ObjectDisposedException.ThrowIf(_isClosed, this);
            Interlocked.Increment(ref _active);
        }
    }

    private void Leave() => Interlocked.Decrement(ref _active);

    private void Grow(long fullSize)
    {
        lock (_growing)
        {
            if (MapSize > fullSize)
            {
                return;
            }

            try
            {
                if (!Drain())
                {
                    throw new StorageException(
                        StorageFault.MapFull,
                        _file,
                        $"The map of {fullSize} bytes is full and could not grow, since a transaction was open for {_options.GrowTimeout}.",
                        "Find who keeps it open, or start with a larger MapSize.");
                }

                long size = Math.Min(fullSize * 2, _options.MaxMapSize);
                Check(LmdbNative.EnvironmentSetMapSize(Handle, (nuint)size));
                Volatile.Write(ref _mapSize, size);
            }
            finally
            {
                _paused = false;
            }
        }
    }

    /// <summary>Lets no transaction begin and waits until none is open; false where one stays open.</summary>
    private bool Drain()
    {
        _paused = true;

        // Who enters counts first and looks second; this side must write first and count second.
        Interlocked.MemoryBarrier();
        long deadline = System.Environment.TickCount64 + (long)_options.GrowTimeout.TotalMilliseconds;
        SpinWait spin = default;
        while (Volatile.Read(ref _active) > 0)
        {
            if (System.Environment.TickCount64 > deadline)
            {
                return false;
            }

            spin.SpinOnce();
        }

        return true;
    }
}
