using Cloud.Embedded.Runtime;

namespace Orleans;

/// <summary>Subscribes with delegates.</summary>
public static class LifecycleExtensions
{
    /// <summary>Takes part in a stage.</summary>
    /// <param name="observable">The lifecycle.</param>
    /// <param name="observerName">For logs.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="onStart">Runs on the way up.</param>
    /// <param name="onStop">Runs on the way down.</param>
    /// <returns>Dispose to leave.</returns>
    public static IDisposable Subscribe(
        this ILifecycleObservable observable,
        string observerName,
        int stage,
        Func<CancellationToken, Task> onStart,
        Func<CancellationToken, Task>? onStop) => observable.Subscribe(observerName, stage, new DelegateLifecycleObserver(onStart, onStop));

    /// <summary>Takes part in a stage on the way up.</summary>
    /// <param name="observable">The lifecycle.</param>
    /// <param name="observerName">For logs.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="onStart">Runs on the way up.</param>
    /// <returns>Dispose to leave.</returns>
    public static IDisposable Subscribe(this ILifecycleObservable observable, string observerName, int stage, Func<CancellationToken, Task> onStart) =>
        observable.Subscribe(observerName, stage, new DelegateLifecycleObserver(onStart, null));

    /// <summary>Takes part in a stage.</summary>
    /// <typeparam name="TObserver">Names the observer in logs.</typeparam>
    /// <param name="observable">The lifecycle.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="onStart">Runs on the way up.</param>
    /// <param name="onStop">Runs on the way down.</param>
    /// <returns>Dispose to leave.</returns>
    public static IDisposable Subscribe<TObserver>(
        this ILifecycleObservable observable,
        int stage,
        Func<CancellationToken, Task> onStart,
        Func<CancellationToken, Task> onStop) => observable.Subscribe(typeof(TObserver).FullName!, stage, new DelegateLifecycleObserver(onStart, onStop));

    /// <summary>Takes part in a stage on the way up.</summary>
    /// <typeparam name="TObserver">Names the observer in logs.</typeparam>
    /// <param name="observable">The lifecycle.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="onStart">Runs on the way up.</param>
    /// <returns>Dispose to leave.</returns>
    public static IDisposable Subscribe<TObserver>(this ILifecycleObservable observable, int stage, Func<CancellationToken, Task> onStart) =>
        observable.Subscribe(typeof(TObserver).FullName!, stage, new DelegateLifecycleObserver(onStart, null));
}
