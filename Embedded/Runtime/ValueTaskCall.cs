using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>A call of a method that returns <see cref="ValueTask"/>.</summary>
internal abstract class ValueTaskCall : ResultCall<Nothing>
{
    public ValueTask Send(GrainReference target) => new(SendForResult(target));

    protected abstract ValueTask InvokeMethod(object target);

    protected sealed override Task? InvokeTarget(object target, out Nothing value)
    {
        value = default;
        ValueTask task = InvokeMethod(target);
        if (task.IsCompletedSuccessfully)
        {
            task.GetAwaiter().GetResult();
            return null;
        }

        return task.AsTask();
    }

    protected sealed override Nothing ResultOf(Task task) => default;
}
