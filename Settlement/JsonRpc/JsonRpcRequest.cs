using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cloud.Settlement.JsonRpc;

/// <summary>Writes a JSON-RPC 2.0 call, whatever carries it.</summary>
/// <remarks>A transaction with blobs is half a million digits, for which the writer would keep three bytes a character ready and double that: long strings go through it in pieces.</remarks>
internal static class JsonRpcRequest
{
    private const int Piece = 4096;
    private const int FrameLength = 256;

    /// <summary>The call as UTF-8.</summary>
    /// <param name="id">Which call it is.</param>
    /// <param name="method">Name of the method.</param>
    /// <param name="parameters">Its parameters in their order.</param>
    /// <returns>The text.</returns>
    public static ReadOnlyMemory<byte> Encode(long id, string method, JsonArray parameters)
    {
        int length = FrameLength + (2 * Piece);
        foreach (JsonNode? parameter in parameters)
        {
            length += LongText(parameter)?.Length ?? 0;
        }

        ArrayBufferWriter<byte> buffer = new(length);
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("jsonrpc"u8, "2.0"u8);
            writer.WriteNumber("id"u8, id);
            writer.WriteString("method"u8, method);
            writer.WriteStartArray("params"u8);
            foreach (JsonNode? parameter in parameters)
            {
                Write(writer, parameter);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter writer, JsonNode? parameter)
    {
        if (LongText(parameter) is { } text)
        {
            for (int at = 0; at < text.Length; at += Piece)
            {
                int count = Math.Min(Piece, text.Length - at);
                writer.WriteStringValueSegment(text.AsSpan(at, count), isFinalSegment: at + count == text.Length);
            }
        }
        else if (parameter is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            parameter.WriteTo(writer);
        }
    }

    private static string? LongText(JsonNode? parameter) =>
        parameter is JsonValue value && value.TryGetValue(out string? text) && text.Length > Piece ? text : null;
}
