namespace Cloud.Grains.Hosting;

/// <summary>Work in the caller's turn, for a simulation, which has one thread.</summary>
public sealed class InlineRunner : IWorkRunner
{
    /// <inheritdoc/>
    public Task<T> Run<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Task.FromResult(work());
    }
}
