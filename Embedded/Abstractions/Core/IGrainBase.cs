using Orleans.Runtime;

namespace Orleans;

/// <summary>What a grain class implements, directly or by deriving from <see cref="Grain"/>.</summary>
public interface IGrainBase
{
    /// <summary>The activation.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Runs after the persistent state was read and before the first request.</summary>
    /// <param name="token">Cancelled when the activation takes too long or is given up.</param>
    /// <returns>The work.</returns>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Runs before the activation goes. Not run when the silo dies: no place for durable writes.</summary>
    /// <param name="reason">Why it goes.</param>
    /// <param name="token">Cancelled when the time for it is up.</param>
    /// <returns>The work.</returns>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}
