using Cloud.Storage.Journals;

namespace Cloud.Replica.Tests.Node;

/// <summary>A journal whose disk is as slow as the test says: what is appended while it is held is durable when it is released, and gone if it never is.</summary>
internal sealed class HeldJournal : IJournal
{
    private readonly MemoryJournal _journal = new();
    private TaskCompletionSource? _released;
    private TaskCompletionSource? _appended;

    public long FirstSequence => _journal.FirstSequence;

    public long NextSequence => _journal.NextSequence;

    /// <summary>Ends with the first record after <see cref="Hold"/>.</summary>
    public Task Appended => _appended!.Task;

    public void Hold() => (_released, _appended) = (new TaskCompletionSource(), new TaskCompletionSource());

    public void Release() => _released!.SetResult();

    public async ValueTask<long> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken = default)
    {
        if (_released is { } released)
        {
            _appended!.TrySetResult();
            await released.Task;
        }

        return await _journal.AppendAsync(record, cancellationToken);
    }

    public IEnumerable<JournalRecord> Read(long from = 0) => _journal.Read(from);

    public void TruncateBefore(long sequence) => _journal.TruncateBefore(sequence);

    public ValueTask DisposeAsync() => _journal.DisposeAsync();
}
