using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>A call of a method that returns <see cref="ValueTask{TResult}"/>.</summary>
internal abstract class ValueTaskCall<T> : ResultCall<T>
{
    public ValueTask<T> Send(GrainReference target) => new(SendForResult(target));

    protected abstract ValueTask<T> InvokeMethod(object target);

    protected sealed override Task? InvokeTarget(object target, out T? value)
    {
        ValueTask<T> task = InvokeMethod(target);
        if (task.IsCompletedSuccessfully)
        {
            value = task.Result;
            return null;
        }

        value = default;
        return task.AsTask();
    }

    protected sealed override T ResultOf(Task task) => ((Task<T>)task).Result;
}
