using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>A call of a method that returns <see cref="Task{TResult}"/>.</summary>
internal abstract class TaskCall<T> : ResultCall<T>
{
    public Task<T> Send(GrainReference target) => SendForResult(target);

    protected abstract Task<T> InvokeMethod(object target);

    protected sealed override Task? InvokeTarget(object target, out T? value)
    {
        Task<T> task = InvokeMethod(target);
        if (task.IsCompletedSuccessfully)
        {
            value = task.Result;
            return null;
        }

        value = default;
        return task;
    }

    protected sealed override T ResultOf(Task task) => ((Task<T>)task).Result;
}
