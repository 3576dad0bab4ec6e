namespace Orleans;

/// <summary>Takes part in a stage.</summary>
public interface ILifecycleObserver
{
    /// <summary>The stage is reached on the way up.</summary>
    /// <param name="cancellationToken">Cancelled when the start is given up.</param>
    /// <returns>The work.</returns>
    Task OnStart(CancellationToken cancellationToken = default);

    /// <summary>The stage is reached on the way down.</summary>
    /// <param name="cancellationToken">Cancelled when the stop must not wait.</param>
    /// <returns>The work.</returns>
    Task OnStop(CancellationToken cancellationToken = default);
}
