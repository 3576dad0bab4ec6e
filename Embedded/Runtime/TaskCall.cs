using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>A call of a method that returns <see cref="Task"/>.</summary>
internal abstract class TaskCall : ResultCall<Nothing>
{
    public Task Send(GrainReference target) => SendForResult(target);

    protected abstract Task InvokeMethod(object target);

    protected sealed override Task? InvokeTarget(object target, out Nothing value)
    {
        value = default;
        Task task = InvokeMethod(target);
        return task.IsCompletedSuccessfully ? null : task;
    }

    protected sealed override Nothing ResultOf(Task task) => default;
}
