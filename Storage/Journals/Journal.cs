using System.Buffers;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace Cloud.Storage.Journals;

/// <summary>A journal of files in a folder of its own. Appends that wait at the same time share one fsync.</summary>
public sealed class Journal : IJournal
{
    private const string Extension = ".journal";
    private const int MaxBatchBytes = 8 << 20;

    private readonly string _directory;
    private readonly JournalOptions _options;
    private readonly DirectoryLock _lock;
    private readonly Lock _gate = new();
    private readonly List<JournalSegment> _segments = [];
    private readonly Channel<PendingAppend> _queue;
    private readonly Thread _writer;
    private SafeFileHandle? _file;
    private long _nextSequence;
    private StorageException? _broken;
    private bool _disposed;

    private Journal(string directory, JournalOptions options, DirectoryLock directoryLock)
    {
        _directory = directory;
        _options = options;
        _lock = directoryLock;
        _queue = Channel.CreateBounded<PendingAppend>(new BoundedChannelOptions(options.MaxQueuedAppends) { SingleReader = true });
        _writer = new Thread(WriteLoop) { IsBackground = true, Name = "journal" };
    }

    /// <inheritdoc/>
    public long FirstSequence
    {
        get
        {
            lock (_gate)
            {
                return _segments[0].FirstSequence;
            }
        }
    }

    /// <inheritdoc/>
    public long NextSequence => Interlocked.Read(ref _nextSequence);

    /// <summary>Opens a folder, and makes it where there is none. An end that a crash left half-written is cut off.</summary>
    /// <param name="directory">A folder for this journal alone.</param>
    /// <param name="options">How.</param>
    /// <param name="report">What was found.</param>
    /// <returns>The journal, to be disposed.</returns>
    /// <exception cref="StorageException">The folder is in use, a file is damaged, or it holds another format. Nothing was changed.</exception>
    public static Journal Open(string directory, JournalOptions options, out JournalReport report)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(options.Format) > JournalFormat.MaxFormatLength)
        {
            throw new ArgumentException($"The format has more than {JournalFormat.MaxFormatLength} bytes.", nameof(options));
        }

        directory = Path.GetFullPath(directory);
        Journal journal = new(directory, options, DirectoryLock.Take(directory));
        try
        {
            report = journal.Load();
            journal._writer.Start();
            return journal;
        }
        catch (Exception e)
        {
            journal._file?.Dispose();
            journal._lock.Dispose();
            if (e is UnauthorizedAccessException or IOException and not StorageException)
            {
                throw StorageException.From(directory, e);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (record.Length > _options.MaxRecordLength)
        {
            throw new StorageException(
                StorageFault.LimitExceeded,
                _directory,
                $"A record of {record.Length} bytes is above the limit of {_options.MaxRecordLength}.",
                "Raise MaxRecordLength, or write smaller records.");
        }

        PendingAppend pending = new(record);
        try
        {
            await _queue.Writer.WriteAsync(pending, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(Journal));
        }

        return await pending.Completion.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public IEnumerable<JournalRecord> Read(long from = 0)
    {
        (JournalSegment Segment, long Length)[] segments;
        lock (_gate)
        {
            segments = new (JournalSegment, long)[_segments.Count];
            for (int i = 0; i < segments.Length; i++)
            {
                segments[i] = (_segments[i], _segments[i].DurableLength);
            }
        }

        for (int i = 0; i < segments.Length; i++)
        {
            if (i + 1 < segments.Length && segments[i + 1].Segment.FirstSequence <= from)
            {
                continue;
            }

            byte[] file;
            try
            {
                file = ReadFile(segments[i].Segment.Path, segments[i].Length);
            }
            catch (FileNotFoundException)
            {
                // Truncated since.
                continue;
            }

            int at = JournalFormat.HeaderLength;
            while (at < file.Length)
            {
                if (!JournalFormat.TryReadRecord(file.AsSpan(at), _options.MaxRecordLength, out ReadOnlySpan<byte> content, out long sequence, out _))
                {
                    throw Damaged(segments[i].Segment.Path, at);
                }

                int start = at + JournalFormat.RecordHeaderLength;
                int length = content.Length;
                at += (int)JournalFormat.LengthInFile(length);
                if (sequence >= from)
                {
                    yield return new JournalRecord(sequence, file.AsMemory(start, length));
                }
            }
        }
    }

    /// <inheritdoc/>
    public void TruncateBefore(long sequence)
    {
        lock (_gate)
        {
            // The last file stays: it says which number comes next.
            while (_segments.Count > 1 && _segments[1].FirstSequence <= sequence)
            {
                try
                {
                    File.Delete(_segments[0].Path);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    throw StorageException.From(_segments[0].Path, e);
                }

                _segments.RemoveAt(0);
            }
        }
    }

    /// <summary>Writes what is queued, then closes the files.</summary>
    /// <returns>A task that ends when everything is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _queue.Writer.TryComplete();
        await Task.Run(_writer.Join).ConfigureAwait(false);
        _file?.Dispose();
        _lock.Dispose();
    }

    private static byte[] ReadFile(string path, long length)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        byte[] bytes = new byte[Math.Min(length, stream.Length)];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static StorageException Damaged(string path, long at) => new(
        StorageFault.CorruptFile,
        path,
        $"The record at byte {at} is damaged, and later records were written after it was on disk.",
        "Restore the folder from a backup, or move it away and let the node catch up from its peers.");

    private JournalReport Load()
    {
        string[] paths = Directory.GetFiles(_directory, "*" + Extension);
        Array.Sort(paths, StringComparer.Ordinal);
        long records = 0;
        string? tornFile = null;
        long tornBytes = 0;
        long next = -1;
        for (int i = 0; i < paths.Length; i++)
        {
            bool last = i == paths.Length - 1;
            byte[] file = ReadFile(paths[i], long.MaxValue);
            if (!JournalFormat.TryReadHeader(file, out string format, out long first))
            {
                // A crash while a file was begun leaves it without a whole header, and without a record.
                if (last && file.Length <= JournalFormat.HeaderLength)
                {
                    tornFile = paths[i];
                    tornBytes = file.Length;
                    File.Delete(paths[i]);
                    break;
                }

                throw Damaged(paths[i], 0);
            }

            if (format != _options.Format)
            {
                throw new StorageException(
                    StorageFault.VersionMismatch, paths[i], $"The file holds {format}, and this program reads {_options.Format}.", "Use the program's other version, or another folder.");
            }

            if (next >= 0 && first != next)
            {
                throw new StorageException(
                    StorageFault.CorruptFile,
                    paths[i],
                    $"The file begins with record {first}, and the one before ends before record {next}.",
                    "Restore the folder from a backup, or move it away and let the node catch up from its peers.");
            }

            next = first;
            int at = JournalFormat.HeaderLength;
            while (at < file.Length
                && JournalFormat.TryReadRecord(file.AsSpan(at), _options.MaxRecordLength, out ReadOnlySpan<byte> content, out long sequence, out _)
                && sequence == next)
            {
                at += (int)JournalFormat.LengthInFile(content.Length);
                next++;
                records++;
            }

            if (at < file.Length)
            {
                // Only the end of the last file can be half-written: a new file begins when the one before is on disk.
                if (!last || JournalFormat.AnyLaterRecordCountsOn(file, at, _options.MaxRecordLength, next))
                {
                    throw Damaged(paths[i], at);
                }

                tornFile = paths[i];
                tornBytes = file.Length - at;
                using FileStream stream = new(paths[i], FileMode.Open, FileAccess.Write);
                stream.SetLength(at);
                stream.Flush(flushToDisk: true);
            }

            _segments.Add(new JournalSegment(paths[i], first) { DurableLength = at });
        }

        _nextSequence = Math.Max(next, 0);
        if (_segments.Count == 0)
        {
            BeginSegment();
        }
        else
        {
            _file = File.OpenHandle(_segments[^1].Path, FileMode.Open, FileAccess.Write, FileShare.Read);
        }

        return new JournalReport(records, tornFile, tornBytes);
    }

    private void BeginSegment()
    {
        string path = Path.Combine(_directory, _nextSequence.ToString("x16", CultureInfo.InvariantCulture) + Extension);
        SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        try
        {
            RandomAccess.Write(file, JournalFormat.Header(_options.Format, _nextSequence), 0);
            RandomAccess.FlushToDisk(file);
            FlushDirectory();
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }

        _file?.Dispose();
        _file = file;
        lock (_gate)
        {
            _segments.Add(new JournalSegment(path, _nextSequence) { DurableLength = JournalFormat.HeaderLength });
        }
    }

    // A new name is durable only once its folder is.
    private void FlushDirectory()
    {
        int descriptor = JournalNative.Open(_directory, JournalNative.ReadOnlyDirectory);
        if (descriptor < 0)
        {
            throw StorageException.FromErrno(_directory, System.Runtime.InteropServices.Marshal.GetLastPInvokeError(), "open");
        }

        int result = JournalNative.Synchronize(descriptor);
        int error = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
        _ = JournalNative.Close(descriptor);
        if (result != 0)
        {
            throw StorageException.FromErrno(_directory, error, "fsync");
        }
    }

    private void WriteLoop()
    {
        List<PendingAppend> batch = [];
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            long bytes = 0;
            while (bytes < MaxBatchBytes && _queue.Reader.TryRead(out PendingAppend? pending))
            {
                batch.Add(pending);
                bytes += JournalFormat.LengthInFile(pending.Record.Length);
            }

            if (batch.Count > 0)
            {
                Complete(batch, TryWrite(batch, checked((int)bytes)));
                batch.Clear();
            }
        }
    }

    private void Complete(List<PendingAppend> batch, StorageException? failure)
    {
        long sequence = NextSequence - batch.Count;
        foreach (PendingAppend pending in batch)
        {
            if (failure is null)
            {
                pending.Completion.SetResult(sequence++);
            }
            else
            {
                pending.Completion.SetException(failure);
            }
        }
    }

    private StorageException? TryWrite(List<PendingAppend> batch, int bytes)
    {
        if (_broken is not null)
        {
            return _broken;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(bytes);
        JournalSegment segment = _segments[^1];
        bool written = false;
        try
        {
            if (segment.DurableLength > _options.SegmentLength)
            {
                BeginSegment();
                segment = _segments[^1];
            }

            int at = 0;
            long sequence = _nextSequence;
            foreach (PendingAppend pending in batch)
            {
                int length = (int)JournalFormat.LengthInFile(pending.Record.Length);
                JournalFormat.WriteRecord(buffer.AsSpan(at, length), pending.Record.Span, sequence++, segment.DurableLength);
                at += length;
            }

            RandomAccess.Write(_file!, buffer.AsSpan(0, at), segment.DurableLength);
            written = true;
            RandomAccess.FlushToDisk(_file!);
            lock (_gate)
            {
                segment.DurableLength += at;
            }

            Interlocked.Exchange(ref _nextSequence, sequence);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            StorageException failure = StorageException.From(segment.Path, e);
            if (written)
            {
                // After a failed fsync nobody knows what is on disk; only reading it again tells.
                _broken = new StorageException(
                    StorageFault.InputOutput, segment.Path, "The disk failed to make written data durable.", "Check the disk, then restart: the journal is read again.", e);
                return _broken;
            }

            UndoPartialWrite(segment);
            return failure;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void UndoPartialWrite(JournalSegment segment)
    {
        try
        {
            RandomAccess.SetLength(_file!, segment.DurableLength);
        }
        catch (IOException e)
        {
            _broken = StorageException.From(segment.Path, e);
        }
    }

    private sealed class PendingAppend(ReadOnlyMemory<byte> record)
    {
        public ReadOnlyMemory<byte> Record { get; } = record;

        public TaskCompletionSource<long> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
