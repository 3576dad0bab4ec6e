namespace Cloud.Storage.Journals;

/// <summary>A journal that lives as long as the object: for simulation, where the test decides what a crash keeps, and for nodes that keep nothing.</summary>
public sealed class MemoryJournal : IJournal
{
    private readonly Lock _gate = new();
    private readonly List<ReadOnlyMemory<byte>> _records = [];
    private long _first;

    /// <inheritdoc/>
    public long FirstSequence
    {
        get
        {
            lock (_gate)
            {
                return _first;
            }
        }
    }

    /// <inheritdoc/>
    public long NextSequence
    {
        get
        {
            lock (_gate)
            {
                return _first + _records.Count;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _records.Add(record.ToArray());
            return ValueTask.FromResult(_first + _records.Count - 1);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<JournalRecord> Read(long from = 0)
    {
        List<JournalRecord> records = [];
        lock (_gate)
        {
            for (int i = 0; i < _records.Count; i++)
            {
                if (_first + i >= from)
                {
                    records.Add(new JournalRecord(_first + i, _records[i]));
                }
            }
        }

        return records;
    }

    /// <inheritdoc/>
    public void TruncateBefore(long sequence)
    {
        lock (_gate)
        {
            int count = (int)Math.Clamp(sequence - _first, 0, _records.Count);
            _records.RemoveRange(0, count);
            _first += count;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
