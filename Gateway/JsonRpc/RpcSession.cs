using Cloud.Gateway.Limits;

namespace Cloud.Gateway.JsonRpc;

/// <summary>Who asks, for one request text.</summary>
/// <param name="client">The client.</param>
/// <param name="connection">Where results can be pushed; null over HTTP.</param>
internal sealed class RpcSession(ClientId client, IPushConnection? connection = null)
{
    /// <summary>The client.</summary>
    public ClientId Client => client;

    /// <summary>Where results can be pushed; null over HTTP.</summary>
    public IPushConnection? Connection => connection;

    /// <summary>What to do once the response is on its way, so that no push of a subscription comes before the response that names it.</summary>
    public List<Action> AfterResponse { get; } = [];
}
