namespace Cloud.Gateway.Http;

/// <summary>Whether the gateway is being drained: it finishes what runs, takes no new connection, and is not ready.</summary>
internal sealed class DrainState : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    /// <summary>Cancelled when draining begins.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether draining has begun.</summary>
    public bool IsDraining => _source.IsCancellationRequested;

    /// <summary>Begins to drain. There is no way back: a drained process is ended.</summary>
    public void Begin() => _source.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
