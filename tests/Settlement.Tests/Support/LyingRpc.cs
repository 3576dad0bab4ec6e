using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.Tests.Support;

/// <summary>An endpoint that changes what a node says. Its clients see well-formed answers.</summary>
internal sealed class LyingRpc(IJsonRpc inner) : IJsonRpc
{
    public string Endpoint => "liar";

    /// <summary>Method and true answer to the answer that is given; null for the true one.</summary>
    public Func<string, JsonNode, JsonNode?>? Lie { get; set; }

    public async Task<L1Result<JsonElement>> CallAsync(string method, JsonArray parameters, CancellationToken cancellationToken = default)
    {
        L1Result<JsonElement> result = await inner.CallAsync(method, parameters, cancellationToken);
        return Lie is { } lie && result.TryGet(out JsonElement value, out _) && value.ValueKind is JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.String
            && lie(method, JsonNode.Parse(value.GetRawText())!) is { } told
            ? new L1Result<JsonElement>.Ok(JsonSerializer.SerializeToElement(told))
            : result;
    }
}
