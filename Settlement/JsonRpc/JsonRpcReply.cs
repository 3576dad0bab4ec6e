using System.Net;
using System.Text.Json;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.JsonRpc;

/// <summary>Reads a JSON-RPC answer, whatever brought it. Total.</summary>
internal static class JsonRpcReply
{
    /// <summary>What an answer says.</summary>
    /// <param name="endpoint">Who gave it, for messages.</param>
    /// <param name="method">What was called.</param>
    /// <param name="id">The call.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="status">HTTP's status, where there is one.</param>
    /// <returns>The result, or why there is none.</returns>
    public static L1Result<JsonElement> Read(string endpoint, string method, long id, JsonElement reply, HttpStatusCode status = HttpStatusCode.OK)
    {
        if (reply.ValueKind != JsonValueKind.Object)
        {
            return Bad(endpoint, method, "the body is no JSON object");
        }

        if (reply.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object)
        {
            return new L1Result<JsonElement>.Failed(Refusal(endpoint, method, error));
        }

        if (status != HttpStatusCode.OK)
        {
            return new L1Result<JsonElement>.Failed(new L1Failure.Unreachable(endpoint, $"HTTP status {(int)status}"));
        }

        if (!reply.TryGetProperty("id", out JsonElement replyId) || replyId.ValueKind != JsonValueKind.Number || !replyId.TryGetInt64(out long got) || got != id)
        {
            return Bad(endpoint, method, "the answer belongs to another call");
        }

        return reply.TryGetProperty("result", out JsonElement result) ? new L1Result<JsonElement>.Ok(result) : Bad(endpoint, method, "neither result nor error");
    }

    /// <summary>An answer that is of no use.</summary>
    /// <param name="endpoint">Who gave it.</param>
    /// <param name="method">What was called.</param>
    /// <param name="why">What is wrong with it.</param>
    /// <returns>The failure.</returns>
    public static L1Result<JsonElement>.Failed Bad(string endpoint, string method, string why) => new(new L1Failure.BadReply(endpoint, method, why));

    private static L1Failure.Refused Refusal(string endpoint, string method, JsonElement error)
    {
        long code = error.TryGetProperty("code", out JsonElement number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out long value) ? value : 0;
        string message = error.TryGetProperty("message", out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "no reason given";
        Bytes data = error.TryGetProperty("data", out JsonElement extra) && extra.ValueKind == JsonValueKind.String && Hex.TryDecode(extra.GetString(), out byte[] bytes)
            ? bytes
            : Bytes.Empty;
        return new L1Failure.Refused(endpoint, method, code, message, data);
    }
}
