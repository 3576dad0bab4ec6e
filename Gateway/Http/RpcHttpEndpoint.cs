using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Cloud.Gateway.JsonRpc;
using Cloud.Gateway.Limits;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Cloud.Gateway.Http;

/// <summary>JSON-RPC over HTTP: one POST, one request or batch.</summary>
internal sealed class RpcHttpEndpoint(JsonRpcServer server, RpcOptions options, ClientResolver clients, PositionHeaders positions)
{
    private const string Json = "application/json";

    /// <summary>Answers a POST.</summary>
    /// <param name="context">The request.</param>
    public async Task HandleAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        if (!clients.TryResolve(context, out _, out ClientId client))
        {
            await WriteErrorAsync(response, StatusCodes.Status401Unauthorized, new RpcError(RpcErrorCode.Unauthorized, "invalid API key")).ConfigureAwait(false);
            return;
        }

        if (!HasJson(context.Request.ContentType))
        {
            await WriteErrorAsync(response, StatusCodes.Status415UnsupportedMediaType, RpcError.InvalidRequest("invalid content type, only application/json is supported")).ConfigureAwait(false);
            return;
        }

        if (await positions.ApplyAsync(context).ConfigureAwait(false) is var (status, message))
        {
            await WriteErrorAsync(response, status, RpcError.Limit(message)).ConfigureAwait(false);
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bound)
        {
            bound.MaxRequestBodySize = options.MaxRequestBytes;
        }

        byte[]? rented = null;
        try
        {
            (rented, int length) = await ReadAsync(context.Request.BodyReader, options.MaxRequestBytes, context.RequestAborted).ConfigureAwait(false);
            if (rented is null)
            {
                await WriteErrorAsync(
                    response,
                    StatusCodes.Status413PayloadTooLarge,
                    RpcError.InvalidRequest($"request too large: at most {options.MaxRequestBytes} bytes are allowed")).ConfigureAwait(false);
                return;
            }

            using PooledBuffer output = new(options.MaxResponseBytes);
            RpcReply reply = await server.HandleAsync(rented.AsMemory(0, length), new RpcSession(client), output, context.RequestAborted).ConfigureAwait(false);
            if (!reply.HasResponse)
            {
                response.StatusCode = StatusCodes.Status204NoContent;
                return;
            }

            if (reply.RetryAfter is { } wait)
            {
                response.StatusCode = StatusCodes.Status429TooManyRequests;
                response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            }

            response.ContentType = Json;
            response.ContentLength = output.Length;
            await response.BodyWriter.WriteAsync(output.Written, context.RequestAborted).ConfigureAwait(false);
        }
        catch (BadHttpRequestException exception)
        {
            await WriteErrorAsync(response, exception.StatusCode, RpcError.InvalidRequest(exception.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? $"request too large: at most {options.MaxRequestBytes} bytes are allowed"
                : exception.Message)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone.
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private static bool HasJson(string? contentType) =>
        contentType is Json
        || (contentType is not null
            && Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(contentType, out Microsoft.Net.Http.Headers.MediaTypeHeaderValue? type)
            && type.MediaType.Value is Json or "application/json-rpc" or "application/jsonrequest" or "text/plain");

    private static async ValueTask<(byte[]? Bytes, int Length)> ReadAsync(PipeReader reader, int limit, CancellationToken cancellationToken)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Math.Min(limit, 4096));
        int length = 0;
        try
        {
            while (true)
            {
                ReadResult result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                ReadOnlySequence<byte> buffer = result.Buffer;
                if (buffer.Length > limit - length)
                {
                    reader.AdvanceTo(buffer.End);
                    ArrayPool<byte>.Shared.Return(bytes);
                    return (null, 0);
                }

                int needed = length + (int)buffer.Length;
                if (needed > bytes.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Min(limit, bytes.Length * 2)));
                    bytes.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(bytes);
                    bytes = larger;
                }

                buffer.CopyTo(bytes.AsSpan(length));
                length = needed;
                reader.AdvanceTo(buffer.End);
                if (result.IsCompleted)
                {
                    return (bytes, length);
                }
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(bytes);
            throw;
        }
    }

    private static async Task WriteErrorAsync(HttpResponse response, int status, RpcError error)
    {
        if (response.HasStarted)
        {
            return;
        }

        response.StatusCode = status;
        response.ContentType = Json;
        using PooledBuffer output = new(1 << 16);
        JsonRpcServer.WriteError(output, error);
        await response.BodyWriter.WriteAsync(output.Written).ConfigureAwait(false);
    }
}
