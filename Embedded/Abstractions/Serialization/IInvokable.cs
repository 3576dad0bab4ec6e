using System.Reflection;

namespace Orleans.Serialization.Invocation;

/// <summary>A request to a grain: the method and its arguments.</summary>
public interface IInvokable : IDisposable
{
    /// <summary>Whether the method takes a cancellation token.</summary>
    bool IsCancellable { get; }

    /// <summary>What the request will be invoked on.</summary>
    /// <returns>The grain instance, or null before it is known.</returns>
    object? GetTarget();

    /// <summary>Says what the request is invoked on.</summary>
    /// <param name="holder">Holds the grain instance.</param>
    void SetTarget(ITargetHolder holder);

    /// <summary>Invokes the method.</summary>
    /// <returns>Its result or its exception.</returns>
    ValueTask<Response> Invoke();

    /// <summary>How many parameters the method has.</summary>
    /// <returns>The number.</returns>
    int GetArgumentCount();

    /// <summary>An argument.</summary>
    /// <param name="index">From 0.</param>
    /// <returns>The value.</returns>
    object? GetArgument(int index);

    /// <summary>Replaces an argument.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="value">The new value.</param>
    void SetArgument(int index, object value);

    /// <summary>The method's name.</summary>
    /// <returns>The name.</returns>
    string GetMethodName();

    /// <summary>The interface's name.</summary>
    /// <returns>The name.</returns>
    string GetInterfaceName();

    /// <summary>Interface and method, for traces.</summary>
    /// <returns>The name.</returns>
    string GetActivityName();

    /// <summary>The interface's method.</summary>
    /// <returns>The method.</returns>
    MethodInfo GetMethod();

    /// <summary>The interface.</summary>
    /// <returns>The type.</returns>
    Type GetInterfaceType();

    /// <summary>The method's own response time-out.</summary>
    /// <returns>The time-out, or null if it has none.</returns>
    TimeSpan? GetDefaultResponseTimeout();

    /// <summary>The cancellation token among the arguments.</summary>
    /// <returns>The token, or one that is never cancelled.</returns>
    CancellationToken GetCancellationToken();

    /// <summary>Cancels the request.</summary>
    /// <returns>Whether it takes a token.</returns>
    bool TryCancel();
}
