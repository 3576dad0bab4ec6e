using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.JsonRpc;

/// <summary>A JSON-RPC server.</summary>
public interface IJsonRpc
{
    /// <summary>Where it is, for messages; without credentials.</summary>
    string Endpoint { get; }

    /// <summary>Calls a method.</summary>
    /// <param name="method">Name of the method.</param>
    /// <param name="parameters">Its parameters in their order.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The result, which may be JSON's null, or why there is none.</returns>
    Task<L1Result<JsonElement>> CallAsync(string method, JsonArray parameters, CancellationToken cancellationToken = default);

    /// <summary>Says that the last answer cannot be true. A single server has nobody to take its place and does nothing.</summary>
    void Distrust()
    {
    }
}
