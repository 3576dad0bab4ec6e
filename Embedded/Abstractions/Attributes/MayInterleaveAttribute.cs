namespace Orleans.Concurrency;

/// <summary>Names a method of the grain class that decides per request whether it may interleave.</summary>
/// <param name="callbackMethodName">A method that takes an <see cref="Serialization.Invocation.IInvokable"/> and returns a <see cref="bool"/>; static or not, any visibility.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class MayInterleaveAttribute(string callbackMethodName) : Attribute
{
    internal string CallbackMethodName { get; } = callbackMethodName;
}
