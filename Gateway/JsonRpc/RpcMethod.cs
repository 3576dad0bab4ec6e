namespace Cloud.Gateway.JsonRpc;

/// <summary>A method that can be called.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MaxParameters">Most arguments.</param>
/// <param name="Handler">What it does.</param>
internal sealed record RpcMethod(string Name, int MaxParameters, RpcHandler Handler)
{
    /// <summary>How many units of a client's rate it takes, from 1.</summary>
    public int Cost { get; init; } = 1;

    /// <summary>How long it may take.</summary>
    public RpcDuration Duration { get; init; }

    /// <summary>Whether it needs a connection that results can be pushed on.</summary>
    public bool NeedsConnection { get; init; }
}
