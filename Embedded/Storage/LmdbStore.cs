using Cloud.Embedded.Hosting;
using Cloud.Storage;
using Cloud.Storage.Lmdb;

namespace Cloud.Embedded.Storage;

/// <summary>An LMDB file that the storages of one folder share. Writes that wait for the disk go into one transaction, so that one flush serves them all.</summary>
internal sealed class LmdbStore
{
    private const int MaxBatch = 256;
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, LmdbStore> Open = new(StringComparer.Ordinal);
    private readonly LmdbEnvironment _environment;
    private readonly Queue<Pending> _pending = new();
    private readonly string _directory;
    private readonly int _maxPending;
    private int _users;
    private bool _writing;

    private LmdbStore(string directory, LmdbGrainStorageOptions options)
    {
        _directory = directory;
        _maxPending = options.MaxPendingWrites;
        const long FirstSize = 64L << 20;
        _environment = LmdbEnvironment.Open(directory, new LmdbOptions
        {
            MapSize = Math.Min(FirstSize, options.MaxSize),
            MaxMapSize = options.MaxSize,
            Format = "grains 1",
        });
    }

    /// <summary>Opens the folder, or joins those who have it open in this process.</summary>
    /// <exception cref="StorageException">The folder cannot be used; names the file, the rule and the remedy.</exception>
    public static LmdbStore Acquire(LmdbGrainStorageOptions options)
    {
        string directory = Path.GetFullPath(options.Directory);
        lock (Gate)
        {
            if (!Open.TryGetValue(directory, out LmdbStore? store))
            {
                Directory.CreateDirectory(directory);
                Open.Add(directory, store = new LmdbStore(directory, options));
            }

            store._users++;
            return store;
        }
    }

    /// <summary>Ends the use; the last one closes the file.</summary>
    public void Release()
    {
        lock (Gate)
        {
            if (--_users == 0)
            {
                Open.Remove(_directory);
                _environment.Dispose();
            }
        }
    }

    public LmdbDatabase OpenDatabase(string name) => _environment.OpenDatabase(name);

    public byte[]? Read(LmdbDatabase database, byte[] key)
    {
        using LmdbReadTransaction transaction = _environment.BeginRead();
        return transaction.TryGet(database, key, out ReadOnlySpan<byte> value) ? value.ToArray() : null;
    }

    /// <summary>Runs a change in a write transaction, with others; completes when it is on disk.</summary>
    /// <param name="change">May run more than once; what it throws fails this change only.</param>
    public Task WriteAsync(Action<LmdbWriteTransaction> change)
    {
        Pending pending = new(change);
        lock (_pending)
        {
            if (_pending.Count >= _maxPending)
            {
                throw new StorageException(
                    StorageFault.LimitExceeded,
                    _directory,
                    $"{_maxPending} writes wait for the disk already",
                    $"wait and repeat, or raise {nameof(LmdbGrainStorageOptions)}.{nameof(LmdbGrainStorageOptions.MaxPendingWrites)}");
            }

            _pending.Enqueue(pending);
            if (_writing)
            {
                return pending.Completion.Task;
            }

            _writing = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static store => store.WriteAll(), this, preferLocal: false);
        return pending.Completion.Task;
    }

    private void WriteAll()
    {
        List<Pending> batch = [];
        while (true)
        {
            batch.Clear();
            lock (_pending)
            {
                while (batch.Count < MaxBatch && _pending.TryDequeue(out Pending? next))
                {
                    batch.Add(next);
                }

                if (batch.Count == 0)
                {
                    _writing = false;
                    return;
                }
            }

            Write(batch);
        }
    }

    private void Write(List<Pending> batch)
    {
        try
        {
            _environment.Write(transaction =>
            {
                foreach (Pending pending in batch)
                {
                    pending.Run(transaction);
                }
            });
        }
        catch (Exception exception)
        {
            foreach (Pending pending in batch)
            {
                pending.Completion.TrySetException(exception);
            }

            return;
        }

        foreach (Pending pending in batch)
        {
            pending.Complete();
        }
    }

    private sealed class Pending(Action<LmdbWriteTransaction> change)
    {
        private Exception? _failure;

        public TaskCompletionSource Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Run(LmdbWriteTransaction transaction)
        {
            _failure = null;
            try
            {
                change(transaction);
            }
            catch (Exception exception) when (exception is not StorageException)
            {
                _failure = exception;
            }
        }

        public void Complete()
        {
            if (_failure is null)
            {
                Completion.TrySetResult();
            }
            else
            {
                Completion.TrySetException(_failure);
            }
        }
    }
}
