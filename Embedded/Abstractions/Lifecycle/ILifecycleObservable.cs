namespace Orleans;

/// <summary>Goes through stages in ascending order, and back in descending order.</summary>
public interface ILifecycleObservable
{
    /// <summary>Takes part in a stage.</summary>
    /// <param name="observerName">For logs.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="observer">What to run.</param>
    /// <returns>Dispose to leave.</returns>
    IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer);
}
