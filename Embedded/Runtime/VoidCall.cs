using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>A call of a method that returns nothing, of an observer: always one-way.</summary>
internal abstract class VoidCall : ResultCall<Nothing>
{
    public void Send(GrainReference target) => SendTo(target);

    protected abstract void InvokeMethod(object target);

    protected sealed override Task? InvokeTarget(object target, out Nothing value)
    {
        value = default;
        InvokeMethod(target);
        return null;
    }

    protected sealed override Nothing ResultOf(Task task) => default;
}
