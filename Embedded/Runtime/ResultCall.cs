using System.Runtime.CompilerServices;
using Orleans.Serialization.Invocation;

namespace Cloud.Embedded.Runtime;

/// <summary>A request with a result of a known type.</summary>
internal abstract class ResultCall<T> : GrainCall
{
    private TaskCompletionSource<T>? _promise;
    private TaskCompletionSource<Response>? _filtered;
    private T? _value;
    private Task? _pending;

    public sealed override ValueTask<Response> Invoke()
    {
        Task? task;
        try
        {
            task = InvokeTarget(Host.GetTarget()!, out T? value);
            if (task is null)
            {
                return new ValueTask<Response>(typeof(T) == typeof(Nothing) ? Response.Completed : Response.FromResult(value!));
            }
        }
        catch (Exception exception)
        {
            return new ValueTask<Response>(Response.FromException(exception));
        }

        return Await(this, task);

        static async ValueTask<Response> Await(ResultCall<T> call, Task task)
        {
            try
            {
                await task;
                return typeof(T) == typeof(Nothing) ? Response.Completed : Response.FromResult(call.ResultOf(task));
            }
            catch (Exception exception)
            {
                return Response.FromException(exception);
            }
        }
    }

    /// <summary>Invokes the method.</summary>
    /// <param name="target">The grain instance.</param>
    /// <param name="value">The result, if it is there at once.</param>
    /// <returns>Null if the result is there at once; else what to wait for.</returns>
    protected abstract Task? InvokeTarget(object target, out T? value);

    protected abstract T ResultOf(Task task);

    protected Task<T> SendForResult(Orleans.Runtime.GrainReference target)
    {
        // Completed in the callee's turn or in a turn of the system: what awaits it in another group, or outside groups, is never run there and then.
        TaskCompletionSource<T> promise = new();
        _promise = promise;
        SendTo(target);
        return promise.Task;
    }

    protected sealed override void Run(object target)
    {
        Task? task;
        try
        {
            task = InvokeTarget(target, out _value);
        }
        catch (Exception exception)
        {
            FinishWithError(exception);
            return;
        }

        if (task is null)
        {
            FinishWithValue();
        }
        else if (task.IsCompleted)
        {
            Collect(task);
        }
        else
        {
            _pending = task;
            task.GetAwaiter().UnsafeOnCompleted(OnPendingCompleted);
        }
    }

    protected sealed override void SetResult(Response response)
    {
        _value = typeof(T) == typeof(Nothing) ? default : response.GetResult<T>();
        if (typeof(T) != typeof(Nothing))
        {
            _value = Host.Runtime.ArgumentCodecs.Copy(_value)!;
        }
    }

    protected sealed override void CompleteFrom(GrainCall answered)
    {
        ResultCall<T> other = (ResultCall<T>)answered;
        if (other.Error is { } error)
        {
            CompleteWithError(error);
        }
        else if (_filtered is { } filtered)
        {
            filtered.TrySetResult(typeof(T) == typeof(Nothing) ? Response.Completed : Response.FromResult(other._value!));
        }
        else
        {
            _promise?.TrySetResult(other._value!);
        }
    }

    protected sealed override void CompleteWithError(Exception exception)
    {
        if (_filtered is { } filtered)
        {
            filtered.TrySetResult(Response.FromException(exception));
        }
        else if (_promise is { } promise)
        {
            Break(promise, exception);
        }
    }

    protected sealed override void CompleteOneWay()
    {
        if (_filtered is { } filtered)
        {
            filtered.TrySetResult(Response.Completed);
        }
        else
        {
            _promise?.TrySetResult(default!);
        }
    }

    protected sealed override void SendFiltered(CancellationToken token) => _ = SendFilteredAsync(token);

    private static void Break(TaskCompletionSource<T> promise, Exception exception)
    {
        if (exception is OperationCanceledException cancelled)
        {
            // The task must be cancelled, and an await of it throw this very exception.
            AsyncTaskMethodBuilder<T> builder = AsyncTaskMethodBuilder<T>.Create();
            Task<T> task = builder.Task;
            builder.SetException(cancelled);
            promise.TrySetFromTask(task);
        }
        else
        {
            promise.TrySetException(exception);
        }
    }

    private async Task SendFilteredAsync(CancellationToken token)
    {
        TaskCompletionSource<T>? promise = _promise;
        try
        {
            OutgoingCallContext context = new(this, Origin.OutgoingFilters, () => SendAndWait(token));
            await context.Invoke();
            Response? response = context.Response;
            T? value = response is null || typeof(T) == typeof(Nothing) || IsOneWay ? default : response.GetResult<T>();
            if (response?.Exception is { } exception && promise is not null)
            {
                Break(promise, exception);
            }

            promise?.TrySetResult(value!);
        }
        catch (Exception exception)
        {
            if (promise is not null)
            {
                Break(promise, exception);
            }
        }
    }

    private async ValueTask<Response> SendAndWait(CancellationToken token)
    {
        _filtered = new TaskCompletionSource<Response>();
        SendNow(token);
        return await _filtered.Task;
    }

    private void OnPendingCompleted() => Collect(_pending!);

    private void Collect(Task task)
    {
        if (task.IsCompletedSuccessfully)
        {
            _value = ResultOf(task);
            FinishWithValue();
            return;
        }

        try
        {
            task.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            FinishWithError(exception);
        }
    }

    private void FinishWithValue()
    {
        if (typeof(T) != typeof(Nothing))
        {
            try
            {
                _value = Host.Runtime.ArgumentCodecs.Copy(_value);
            }
            catch (Exception exception)
            {
                FinishWithError(exception);
                return;
            }
        }

        Finish();
    }
}
