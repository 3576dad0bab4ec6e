namespace Cloud.Embedded.Runtime;

/// <summary>The sequences that callers of an activation are reading.</summary>
internal sealed class AsyncEnumeratorTable(Activation activation) : IDisposable
{
    private readonly Dictionary<Guid, Entry> _entries = [];
    private ITimer? _expiry;

    public async Task<EnumerationBatch<T>> PullAsync<T>(Guid id, AsyncEnumerableCall<T>? open, object target, int maxBatchSize, CancellationToken token)
    {
        if (!_entries.TryGetValue(id, out Entry? entry))
        {
            if (open is null)
            {
                return EnumerationBatch<T>.Missing;
            }

            CancellationTokenSource cancellation = new();
            entry = new Entry<T>(cancellation, open.Open(target, cancellation.Token).GetAsyncEnumerator(cancellation.Token));
            _entries.Add(id, entry);
            StartExpiry();
        }

        Entry<T> typed = (Entry<T>)entry;
        typed.LastUse = activation.Silo.Now;
        using CancellationTokenRegistration registration = token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), typed.Cancellation);
        try
        {
            return await PullAsync(id, typed, maxBatchSize);
        }
        catch
        {
            await RemoveAsync<T>(id);
            throw;
        }
    }

    public async Task<EnumerationBatch<T>> RemoveAsync<T>(Guid id)
    {
        if (_entries.Remove(id, out Entry? entry))
        {
            await entry.EndAsync();
        }

        return EnumerationBatch<T>.Missing;
    }

    public void Dispose()
    {
        _expiry?.Dispose();
        Entry[] entries = [.. _entries.Values];
        _entries.Clear();
        foreach (Entry entry in entries)
        {
            _ = entry.EndAsync();
        }
    }

    private async Task<EnumerationBatch<T>> PullAsync<T>(Guid id, Entry<T> entry, int maxBatchSize)
    {
        List<T> elements = [];
        while (true)
        {
            Task<bool> next = entry.Next ??= entry.Enumerator.MoveNextAsync().AsTask();
            if (!next.IsCompleted)
            {
                if (elements.Count > 0)
                {
                    // What is there goes out; the element under way is for the next pull.
                    return new EnumerationBatch<T> { Status = EnumerationStatus.Elements, Elements = [.. elements] };
                }

                using CancellationTokenSource delayed = new();
                Task delay = Task.Delay(activation.Silo.MessagingOptions.ResponseTimeout / 2, activation.Silo.Time, delayed.Token);
                bool arrived = await Task.WhenAny(next, delay) == next;
                delayed.Cancel();
                entry.LastUse = activation.Silo.Now;
                if (!arrived)
                {
                    return EnumerationBatch<T>.Pending;
                }
            }

            entry.Next = null;
            bool more;
            try
            {
                more = await next;
            }
            catch when (elements.Count > 0)
            {
                entry.Next = next;
                return new EnumerationBatch<T> { Status = EnumerationStatus.Elements, Elements = [.. elements] };
            }

            if (!more)
            {
                await RemoveAsync<T>(id);
                return new EnumerationBatch<T> { Status = EnumerationStatus.LastElements, Elements = [.. elements] };
            }

            elements.Add(entry.Enumerator.Current);
            if (elements.Count >= maxBatchSize)
            {
                return new EnumerationBatch<T> { Status = EnumerationStatus.Elements, Elements = [.. elements] };
            }
        }
    }

    private void StartExpiry()
    {
        if (_expiry is null)
        {
            TimeSpan period = activation.Silo.MessagingOptions.ResponseTimeout;
            _expiry = activation.Silo.Time.CreateDetachedTimer(static state => ((AsyncEnumeratorTable)state!).QueueExpiry(), this, period, period);
        }
    }

    private void QueueExpiry() => activation.Post(new Action(Expire));

    private void Expire()
    {
        long limit = activation.Silo.Now - (long)activation.Silo.MessagingOptions.ResponseTimeout.TotalMilliseconds;
        foreach ((Guid id, Entry entry) in _entries.ToArray())
        {
            if (entry.LastUse < limit)
            {
                _entries.Remove(id);
                _ = entry.EndAsync();
            }
        }
    }

    private abstract class Entry(CancellationTokenSource cancellation)
    {
        public CancellationTokenSource Cancellation { get; } = cancellation;

        public long LastUse { get; set; }

        public abstract Task EndAsync();
    }

    private sealed class Entry<T>(CancellationTokenSource cancellation, IAsyncEnumerator<T> enumerator) : Entry(cancellation)
    {
        public IAsyncEnumerator<T> Enumerator { get; } = enumerator;

        /// <summary>The element that is under way.</summary>
        public Task<bool>? Next { get; set; }

        public override async Task EndAsync()
        {
            Cancellation.Cancel();
            try
            {
                if (Next is { } next)
                {
                    await next;
                }
            }
            catch (Exception)
            {
                // Nobody reads on.
            }

            try
            {
                await Enumerator.DisposeAsync();
            }
            catch (Exception)
            {
                // Nobody reads on.
            }
        }
    }
}
