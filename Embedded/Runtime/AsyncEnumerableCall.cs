using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Cloud.Embedded.Runtime;

/// <summary>A call of a method that returns a sequence. The sequence stays at the grain; the caller pulls batches of it.</summary>
internal abstract class AsyncEnumerableCall<T> : GrainCall, IAsyncEnumerable<T>
{
    private CancellationToken _methodToken;

    public int MaxBatchSize { get; set; } = 100;

    public IAsyncEnumerable<T> Send(GrainReference target)
    {
        Target = target;
        _methodToken = GetCancellationToken();
        CopyArguments((WorkGroup.Current?.Runtime ?? target.Shared.Runtime).ArgumentCodecs);
        return this;
    }

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) => new Enumerator(this, cancellationToken);

    /// <summary>Invokes the method; run at the grain.</summary>
    public IAsyncEnumerable<T> Open(object target, CancellationToken token)
    {
        SetToken(token);
        return InvokeMethod(target);
    }

    public override ValueTask<Response> Invoke() => throw new NotSupportedException("A sequence is pulled, not invoked.");

    protected abstract IAsyncEnumerable<T> InvokeMethod(object target);

    protected override void Run(object target) => throw new NotSupportedException("A sequence is pulled, not invoked.");

    protected override void SetResult(Response response) => throw new NotSupportedException("A sequence is pulled, not invoked.");

    protected override void CompleteFrom(GrainCall answered)
    {
    }

    protected override void CompleteWithError(Exception exception)
    {
    }

    private sealed class Enumerator(AsyncEnumerableCall<T> call, CancellationToken token) : IAsyncEnumerator<T>
    {
        private readonly Guid _id = RuntimeClient.NewGuidInContext();
        private CancellationTokenSource? _linked;
        private T[] _batch = [];
        private int _index = -1;
        private bool _started;
        private bool _ended;

        public T Current => _batch[_index];

        public async ValueTask<bool> MoveNextAsync()
        {
            if (++_index < _batch.Length)
            {
                return true;
            }

            if (_ended)
            {
                _index = _batch.Length;
                return false;
            }

            if (!_started && call._methodToken.CanBeCanceled && token.CanBeCanceled)
            {
                _linked = CancellationTokenSource.CreateLinkedTokenSource(call._methodToken, token);
            }

            CancellationToken effective = _linked?.Token ?? (token.CanBeCanceled ? token : call._methodToken);
            while (true)
            {
                effective.ThrowIfCancellationRequested();
                PullCall pull = new(_id, _started ? null : call, call.MaxBatchSize, effective, false);
                _started = true;
                EnumerationBatch<T> batch;
                try
                {
                    batch = await pull.Send(call.Target!);
                }
                catch (OperationCanceledException) when (effective.IsCancellationRequested)
                {
                    // The grain may not have seen this pull at all, so its end has to be said.
                    _ = EndAsync();
                    throw new OperationCanceledException(effective);
                }

                switch (batch.Status)
                {
                    case EnumerationStatus.Elements:
                        _batch = batch.Elements;
                        _index = 0;
                        return true;
                    case EnumerationStatus.LastElements:
                        _batch = batch.Elements;
                        _index = 0;
                        _ended = true;
                        return _batch.Length > 0;
                    case EnumerationStatus.Missing:
                        _ended = true;
                        throw new EnumerationAbortedException("Enumeration aborted: the remote target does not have a record of this enumerator. This likely indicates that the remote grain was deactivated since enumeration begun or that the enumerator was idle for longer than the expiration period.");
                    default:
                        continue;
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await EndAsync();
            _linked?.Dispose();
        }

        private async Task EndAsync()
        {
            if (_started && !_ended)
            {
                _ended = true;
                await new PullCall(_id, null, 0, default, true).Send(call.Target!);
            }
        }
    }

    private sealed class PullCall(Guid id, AsyncEnumerableCall<T>? open, int maxBatchSize, CancellationToken token, bool dispose) : TaskCall<EnumerationBatch<T>>
    {
        private static readonly MethodDescriptor Descriptor = new(typeof(IEnumeration), typeof(IEnumeration).GetMethod(nameof(IEnumeration.Pull))!);
        private CancellationToken _token = token;

        public override MethodDescriptor Method => Descriptor;

        public override bool IsCancellable => true;

        public override bool MayBeDuplicated => false;

        public override CancellationToken GetCancellationToken() => _token;

        protected override void SetToken(CancellationToken token) => _token = token;

        protected override Task<EnumerationBatch<T>> InvokeMethod(object target)
        {
            if (Host is not Activation activation)
            {
                throw new NotSupportedException("Observers do not return sequences.");
            }

            AsyncEnumeratorTable? table = activation.Component<AsyncEnumeratorTable>();
            if (dispose)
            {
                return table is null ? Task.FromResult(EnumerationBatch<T>.Missing) : table.RemoveAsync<T>(id);
            }

            if (table is null)
            {
                if (open is null)
                {
                    return Task.FromResult(EnumerationBatch<T>.Missing);
                }

                table = new AsyncEnumeratorTable(activation);
                activation.SetComponent(table);
            }

            return table.PullAsync(id, open, target, maxBatchSize, _token);
        }
    }
}
