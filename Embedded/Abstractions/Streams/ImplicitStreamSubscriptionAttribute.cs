using Cloud.Embedded.Streams;
using Orleans.Streams;

namespace Orleans;

/// <summary>Every stream of the namespace has the grain with the stream's key as a subscriber. The grain takes events through <see cref="Streams.Core.IStreamSubscriptionObserver"/>.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public class ImplicitStreamSubscriptionAttribute : Attribute
{
    /// <summary>All namespaces.</summary>
    public ImplicitStreamSubscriptionAttribute() => Predicate = new AllNamespaces();

    /// <summary>One namespace.</summary>
    /// <param name="streamNamespace">The namespace.</param>
    /// <param name="streamIdMapper">Not used here: the stream's key is the grain's key.</param>
    public ImplicitStreamSubscriptionAttribute(string streamNamespace, string? streamIdMapper = null)
    {
        Predicate = new OneNamespace(streamNamespace.Trim());
        StreamIdMapper = streamIdMapper;
    }

    /// <summary>The namespaces that a predicate chooses.</summary>
    /// <param name="predicateType">A class that implements <see cref="IStreamNamespacePredicate"/> and has a constructor without parameters.</param>
    /// <param name="streamIdMapper">Not used here: the stream's key is the grain's key.</param>
    public ImplicitStreamSubscriptionAttribute(Type predicateType, string? streamIdMapper = null)
    {
        Predicate = (IStreamNamespacePredicate)Activator.CreateInstance(predicateType)!;
        StreamIdMapper = streamIdMapper;
    }

    /// <summary>Which namespaces.</summary>
    public IStreamNamespacePredicate Predicate { get; }

    /// <summary>Not used here: the stream's key is the grain's key.</summary>
    public string? StreamIdMapper { get; init; }
}
