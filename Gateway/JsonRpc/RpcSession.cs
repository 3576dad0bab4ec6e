using Cloud.Gateway.Limits;

namespace Cloud.Gateway.JsonRpc;

/// <summary>Who asks: for one HTTP request, or for the life of a WebSocket connection.</summary>
/// <param name="client">The client.</param>
/// <param name="connection">Where results can be pushed; null over HTTP.</param>
internal sealed class RpcSession(ClientId client, IPushConnection? connection = null)
{
    /// <summary>The client.</summary>
    public ClientId Client => client;

    /// <summary>Where results can be pushed; null over HTTP.</summary>
    public IPushConnection? Connection => connection;
}
