using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using Cloud.Gateway.Limits;
using Cloud.Gateway.Metrics;
using Microsoft.Extensions.Logging;

namespace Cloud.Gateway.JsonRpc;

/// <summary>Answers JSON-RPC 2.0 requests, single ones and batches. Total: every text gets an answer that fits, within the bounds of <see cref="RpcOptions"/>.</summary>
internal sealed partial class JsonRpcServer
{
    private const int MaxIdLength = 1024;
    private const int MaxNameLength = 128;
    private const string UnknownMethod = "unknown";

    private readonly RpcMethodTable _methods;
    private readonly RpcOptions _options;
    private readonly RateGate _rates;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<JsonRpcServer> _logger;
    private readonly JsonDocumentOptions _documents;

    /// <summary>Makes a server.</summary>
    public JsonRpcServer(
        RpcMethodTable methods, RpcOptions options, RateGate rates, GatewayMetrics metrics, TimeProvider time, ILogger<JsonRpcServer> logger)
    {
        _methods = methods;
        _options = options;
        _rates = rates;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _documents = new JsonDocumentOptions { MaxDepth = options.MaxDepth, AllowDuplicateProperties = false };
    }

    /// <summary>Answers one request text.</summary>
    /// <param name="request">JSON text, already within its bound.</param>
    /// <param name="session">Who asks.</param>
    /// <param name="output">Gets the response.</param>
    /// <param name="cancellationToken">The caller is gone.</param>
    /// <returns>Whether there is a response.</returns>
    public async ValueTask<RpcReply> HandleAsync(ReadOnlyMemory<byte> request, RpcSession session, PooledBuffer output, CancellationToken cancellationToken)
    {
        if (!Utf8.IsValid(request.Span))
        {
            // The parser does not look into strings, and an id is sent back as it came.
            WriteError(output, default, RpcError.Parse("invalid UTF-8"));
            _metrics.Answered(UnknownMethod, RpcErrorCode.Parse, TimeSpan.Zero);
            return new RpcReply(true, null);
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(request, _documents);
        }
        catch (JsonException exception)
        {
            string detail = exception.Message.Contains("depth", StringComparison.Ordinal)
                ? $"nested deeper than {_options.MaxDepth}"
                : $"invalid JSON at byte {exception.BytePositionInLine ?? 0} of line {exception.LineNumber ?? 0}";
            WriteError(output, default, RpcError.Parse(detail));
            _metrics.Answered(UnknownMethod, RpcErrorCode.Parse, TimeSpan.Zero);
            return new RpcReply(true, null);
        }

        using (document)
        {
            using Utf8JsonWriter writer = new(output, RpcJson.WriterOptions);
            JsonElement root = document.RootElement;
            return root.ValueKind == JsonValueKind.Array
                ? await HandleBatchAsync(root, session, output, writer, cancellationToken).ConfigureAwait(false)
                : await HandleOneAsync(root, session, output, writer, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the answer to a request that could not even be read.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="error">Why.</param>
    public static void WriteError(PooledBuffer output, RpcError error) => WriteError(output, default(JsonElement), error);

    private static void WriteError(PooledBuffer output, JsonElement id, RpcError error)
    {
        using Utf8JsonWriter writer = new(output, RpcJson.WriterOptions);
        WriteError(output, writer, id, error);
    }

    private static void WriteError(PooledBuffer output, Utf8JsonWriter writer, JsonElement id, RpcError error)
    {
        WriteHead(output, id);
        output.Write(",\"error\":"u8);
        writer.WriteStartObject();
        writer.WriteNumber("code"u8, error.Code);
        writer.WriteString("message"u8, error.Message);
        if (error.Data is { } data)
        {
            writer.WriteString("data"u8, data);
        }

        writer.WriteEndObject();
        writer.Flush();
        output.Write("}"u8);
    }

    private static void WriteHead(PooledBuffer output, JsonElement id)
    {
        output.Write("{\"jsonrpc\":\"2.0\",\"id\":"u8);
        output.Write(id.ValueKind == JsonValueKind.Undefined ? "null"u8 : JsonMarshal.GetRawUtf8Value(id));
    }

    private async ValueTask<RpcReply> HandleBatchAsync(
        JsonElement batch, RpcSession session, PooledBuffer output, Utf8JsonWriter writer, CancellationToken cancellationToken)
    {
        int count = batch.GetArrayLength();
        if (count == 0 || count > _options.MaxBatch)
        {
            WriteError(output, writer, default, RpcError.InvalidRequest(count == 0 ? "empty batch" : $"batch too large: {count} requests, at most {_options.MaxBatch} are allowed"));
            return new RpcReply(true, null);
        }

        long start = _time.GetTimestamp();
        bool isAny = false;
        output.Write("["u8);
        foreach (JsonElement request in batch.EnumerateArray())
        {
            int mark = output.Length;
            if (isAny)
            {
                output.Write(","u8);
            }

            int begin = output.Length;
            try
            {
                if (_time.GetElapsedTime(start) > _options.BatchTimeout)
                {
                    WriteLeftOut(request, output, writer, new RpcError(RpcErrorCode.Timeout, $"request timed out: the batch took longer than {_options.BatchTimeout.TotalSeconds} s"));
                }
                else
                {
                    await HandleOneAsync(request, session, output, writer, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (ResponseTooLargeException)
            {
                // Not even the error of this one has room: the batch as a whole is refused.
                writer.Reset();
                output.TruncateTo(0);
                WriteError(output, writer, default, new RpcError(RpcErrorCode.ResponseTooLarge, $"response too large: at most {_options.MaxResponseBytes} bytes"));
                return new RpcReply(true, null);
            }

            if (output.Length == begin)
            {
                output.TruncateTo(mark);
            }
            else
            {
                isAny = true;
            }
        }

        if (!isAny)
        {
            output.TruncateTo(0);
            return new RpcReply(false, null);
        }

        output.Write("]"u8);
        return new RpcReply(true, null);
    }

    private static void WriteLeftOut(JsonElement request, PooledBuffer output, Utf8JsonWriter writer, RpcError error)
    {
        if (request.ValueKind == JsonValueKind.Object && TryGetId(request, out JsonElement id) && id.ValueKind != JsonValueKind.Undefined)
        {
            writer.Reset(output);
            WriteError(output, writer, id, error);
        }
    }

    private static bool TryGetId(JsonElement request, out JsonElement id)
    {
        if (!request.TryGetProperty("id"u8, out id))
        {
            return true;
        }

        bool isSound = id.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Null && JsonMarshal.GetRawUtf8Value(id).Length <= MaxIdLength;
        if (!isSound)
        {
            id = default;
        }

        return isSound;
    }

    private static RpcError? TryReadHead(JsonElement request, out string name, out JsonElement parameters)
    {
        name = "";
        parameters = default;
        if (request.TryGetProperty("jsonrpc"u8, out JsonElement version) && RpcValues.Text(version) != "2.0")
        {
            return RpcError.InvalidRequest("invalid request: jsonrpc must be \"2.0\"");
        }

        if (!request.TryGetProperty("method"u8, out JsonElement method) || RpcValues.Text(method) is not { Length: > 0 } text)
        {
            return RpcError.InvalidRequest("invalid request: method must be a string");
        }

        name = text.Length <= MaxNameLength ? text : text[..MaxNameLength];
        if (request.TryGetProperty("params"u8, out JsonElement given) && given.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null))
        {
            return RpcError.InvalidParams("non-array args");
        }

        parameters = given;
        return null;
    }

    private async ValueTask<RpcReply> HandleOneAsync(
        JsonElement request, RpcSession session, PooledBuffer output, Utf8JsonWriter writer, CancellationToken cancellationToken)
    {
        writer.Reset(output);
        if (request.ValueKind != JsonValueKind.Object)
        {
            WriteError(output, writer, default, RpcError.InvalidRequest("invalid request: an object is expected"));
            return new RpcReply(true, null);
        }

        if (!TryGetId(request, out JsonElement id))
        {
            WriteError(output, writer, default, RpcError.InvalidRequest($"invalid request: id must be a string, a number or null of at most {MaxIdLength} bytes"));
            return new RpcReply(true, null);
        }

        long start = _time.GetTimestamp();
        RpcError? error = TryReadHead(request, out string name, out JsonElement parameters);
        RpcMethod? method = error is null ? _methods.Find(name) : null;
        error ??= method is null ? RpcError.MethodNotFound(name) : null;
        TimeSpan? retryAfter = null;
        if (_rates.TryTake(session.Client, method?.Cost ?? 1) is { } refusal)
        {
            error = RpcError.Limit(refusal.Message);
            retryAfter = refusal.RetryAfter;
        }

        // What has no id wants no answer, not even an error (JSON-RPC 2.0 section 4.1).
        bool wantsAnswer = id.ValueKind != JsonValueKind.Undefined;
        int mark = output.Length;
        if (error is null)
        {
            WriteHead(output, id);
            output.Write(",\"result\":"u8);
            error = await CallAsync(method!, parameters, session, output, writer, cancellationToken).ConfigureAwait(false);
        }

        if (!wantsAnswer || error is not null)
        {
            writer.Reset(output);
            output.TruncateTo(mark);
        }

        if (wantsAnswer && error is not null)
        {
            WriteError(output, writer, id, error);
        }
        else if (wantsAnswer)
        {
            output.Write("}"u8);
        }

        _metrics.Answered(method?.Name ?? UnknownMethod, error?.Code ?? 0, _time.GetElapsedTime(start));
        return new RpcReply(wantsAnswer, retryAfter);
    }

    private async ValueTask<RpcError?> CallAsync(
        RpcMethod method, JsonElement parameters, RpcSession session, PooledBuffer output, Utf8JsonWriter writer, CancellationToken cancellationToken)
    {
        RpcParameters arguments = new(parameters);
        if (arguments.Count > method.MaxParameters)
        {
            return RpcError.InvalidParams($"too many arguments, want at most {method.MaxParameters}");
        }

        if (method.NeedsConnection && session.Connection is null)
        {
            return new RpcError(RpcErrorCode.Server, "notifications not supported");
        }

        TimeSpan limit = method.Duration == RpcDuration.Trace ? _options.TraceTimeout : _options.MethodTimeout;
        CancellationTokenSource? timer = method.Duration is RpcDuration.Call or RpcDuration.Trace ? new CancellationTokenSource(limit, _time) : null;
        CancellationTokenSource? linked = timer is null ? null : CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            RpcError? error = await method.Handler(new RpcCall(arguments, writer, session, linked?.Token ?? cancellationToken)).ConfigureAwait(false);
            if (error is null)
            {
                writer.Flush();
            }

            return error ?? (output.Length > _options.MaxResponseBytes ? TooLarge() : null);
        }
        catch (OperationCanceledException) when (timer is { IsCancellationRequested: true } && !cancellationToken.IsCancellationRequested)
        {
            return new RpcError(RpcErrorCode.Timeout, $"request timed out: {method.Name} may take {limit.TotalSeconds} s");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (ResponseTooLargeException)
        {
            return TooLarge();
        }
        catch (Exception exception)
        {
            _metrics.Defect(method.Name);
            LogDefect(method.Name, exception);
            return new RpcError(RpcErrorCode.Internal, "internal error");
        }
        finally
        {
            linked?.Dispose();
            timer?.Dispose();
        }
    }

    private RpcError TooLarge() => new(RpcErrorCode.ResponseTooLarge, $"response too large: at most {_options.MaxResponseBytes} bytes");

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} ended in an exception.")]
    private partial void LogDefect(string method, Exception exception);
}
