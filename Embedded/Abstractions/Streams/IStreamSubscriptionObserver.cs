namespace Orleans.Streams.Core;

/// <summary>A grain class that takes the events of subscriptions that have no observer yet, implicit ones above all.</summary>
public interface IStreamSubscriptionObserver
{
    /// <summary>An event is there for a subscription without an observer: make a handle and resume it.</summary>
    /// <param name="handleFactory">Makes the handle.</param>
    /// <returns>The work.</returns>
    Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory);
}
