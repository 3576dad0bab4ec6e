using System.Reflection;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans;

/// <summary>A call on its way through the filters.</summary>
public interface IGrainCallContext
{
    /// <summary>The request.</summary>
    IInvokable Request { get; }

    /// <summary>Incoming: the grain instance. Outgoing: the reference.</summary>
    object Grain { get; }

    /// <summary>The caller; null if it is no grain.</summary>
    GrainId? SourceId { get; }

    /// <summary>The callee.</summary>
    GrainId TargetId { get; }

    /// <summary>The interface.</summary>
    GrainInterfaceType InterfaceType { get; }

    /// <summary>The interface's name.</summary>
    string InterfaceName { get; }

    /// <summary>The method's name.</summary>
    string MethodName { get; }

    /// <summary>The interface's method.</summary>
    MethodInfo InterfaceMethod { get; }

    /// <summary>The result, after <see cref="Invoke"/>.</summary>
    object? Result { get; set; }

    /// <summary>The response, after <see cref="Invoke"/>.</summary>
    Response? Response { get; set; }

    /// <summary>Passes the call on to the next filter and in the end to the method.</summary>
    /// <returns>The work; throws what the method throws.</returns>
    Task Invoke();
}
