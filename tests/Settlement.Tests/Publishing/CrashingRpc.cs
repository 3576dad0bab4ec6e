using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.Tests.Publishing;

/// <summary>A node whose caller may die before and after each transaction that it sends. Questions change nothing, so dying at one is dying at the next step.</summary>
internal sealed class CrashingRpc(IJsonRpc inner, KillSwitch kill) : IJsonRpc
{
    public string Endpoint => inner.Endpoint;

    public void Distrust() => inner.Distrust();

    public async Task<L1Result<JsonElement>> CallAsync(string method, JsonArray parameters, CancellationToken cancellationToken = default)
    {
        if (method != "eth_sendRawTransaction")
        {
            return await inner.CallAsync(method, parameters, cancellationToken);
        }

        kill.Step();
        L1Result<JsonElement> result = await inner.CallAsync(method, parameters, cancellationToken);
        kill.Step();
        return result;
    }
}
