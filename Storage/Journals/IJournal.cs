namespace Cloud.Storage.Journals;

/// <summary>An append-only sequence of records that survive a crash once appended. Safe for use by several threads.</summary>
public interface IJournal : IAsyncDisposable
{
    /// <summary>Number of the oldest record kept; equal to <see cref="NextSequence"/> where there is none.</summary>
    long FirstSequence { get; }

    /// <summary>Number that the next durable record gets. Numbers have no gaps and are never used again.</summary>
    long NextSequence { get; }

    /// <summary>Appends a record. When the task completes, the record is on disk.</summary>
    /// <param name="record">Its content, which must not change until the task completes.</param>
    /// <param name="cancellationToken">Stops the wait for room in the queue; a record that is queued is written.</param>
    /// <returns>The record's number.</returns>
    /// <exception cref="StorageException">The record is too long, or was not written. Nothing of it will be read.</exception>
    ValueTask<long> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default);

    /// <summary>Reads durable records in order.</summary>
    /// <param name="from">Number of the first to read; older ones that are gone are left out.</param>
    /// <returns>Records with their numbers, up to the last that was durable at the start.</returns>
    IEnumerable<JournalRecord> Read(long from = 0);

    /// <summary>Lets go of records that are not needed any more. Some may stay for a while.</summary>
    /// <param name="sequence">Everything below may go.</param>
    void TruncateBefore(long sequence);
}
