using Orleans.Runtime;

namespace Orleans.Streams.Core;

/// <summary>Makes the handle of a subscription.</summary>
public interface IStreamSubscriptionHandleFactory
{
    /// <summary>The stream.</summary>
    StreamId StreamId { get; }

    /// <summary>The provider's name.</summary>
    string ProviderName { get; }

    /// <summary>The subscription.</summary>
    GuidId SubscriptionId { get; }

    /// <summary>Makes the handle.</summary>
    /// <typeparam name="T">The type of the events.</typeparam>
    /// <returns>The handle.</returns>
    StreamSubscriptionHandle<T> Create<T>();
}
