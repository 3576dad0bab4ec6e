using System.Globalization;
using System.Net.WebSockets;
using Cloud.Gateway.Http;
using Cloud.Gateway.Metrics;
using Cloud.Gateway.WebSockets;
using Microsoft.AspNetCore.Http;

namespace Cloud.Gateway.Flashblocks;

/// <summary>The flashblock stream by WebSocket. Query: <c>block_number</c> and <c>flashblock_index</c> to go on after that flashblock, with <c>payload_id</c> where two chunks were built at the height;
/// <c>compression=brotli</c>; <c>frames=text</c>; <c>end=true</c> for a frame of its own after each chunk.</summary>
internal sealed class FlashblockEndpoint(FlashblockHub hub, WebSocketDoor door, PushOptions push, PingSweep pings, GatewayMetrics metrics, TimeProvider time, DrainState drain)
{
    private const string Kind = "flashblocks";
    private const int MaxRequest = 1024;
    private const int GoneCode = 4410;
    private const int FullCode = 4429;

    /// <summary>Serves a connection until it closes.</summary>
    /// <param name="context">The upgrade request.</param>
    public async Task HandleAsync(HttpContext context)
    {
        if (ReadQuery(context.Request.Query, out Query query) is { } fault)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsJsonAsync(new ErrorBody(fault), HttpJson.Default.ErrorBody, cancellationToken: context.RequestAborted).ConfigureAwait(false);
            return;
        }

        if (await door.EnterAsync(context, needsUpgrade: true).ConfigureAwait(false) is not var (_, place))
        {
            return;
        }

        using (place)
        {
            SocketPipeWriter? direct = SocketTransport.Of(context);
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(push.ToAcceptContext(direct)).ConfigureAwait(false);
            metrics.Connection(Kind, 1);
            try
            {
                await ServeAsync(socket, direct, query, context.RequestAborted).ConfigureAwait(false);
            }
            finally
            {
                metrics.Connection(Kind, -1);
            }
        }
    }

    private static string? ReadQuery(IQueryCollection values, out Query query)
    {
        query = default;
        string block = values["block_number"].ToString();
        string index = values["flashblock_index"].ToString();
        (ulong, ulong)? after = null;
        if (block.Length > 0 || index.Length > 0)
        {
            if (!TryNumber(block, out ulong blockNumber) || !TryNumber(index, out ulong flashblockIndex))
            {
                return "block_number and flashblock_index must both be numbers: those of the last flashblock that you have";
            }

            after = (blockNumber, flashblockIndex);
        }

        ulong? payloadId = null;
        string payload = values["payload_id"].ToString();
        if (payload.Length > 0)
        {
            if (!payload.StartsWith("0x", StringComparison.Ordinal) || !ulong.TryParse(payload.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id))
            {
                return "payload_id must be 0x and up to 16 hex digits";
            }

            payloadId = id;
        }

        string compression = values["compression"].ToString();
        if (compression is not ("" or "none" or "brotli" or "br"))
        {
            return "compression must be none or brotli";
        }

        string frames = values["frames"].ToString();
        if (frames is not ("" or "text" or "binary"))
        {
            return "frames must be text or binary";
        }

        query = new Query(after, payloadId, compression is "brotli" or "br", frames == "text", values["end"].ToString() == "true");
        return null;
    }

    private static bool TryNumber(string text, out ulong number) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
        || (text.StartsWith("0x", StringComparison.Ordinal) && text.Length > 2 && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number));

    private async Task ServeAsync(WebSocket socket, SocketPipeWriter? direct, Query query, CancellationToken aborted)
    {
        await using PushConnection connection = new(socket, direct, Kind, push, 1, metrics, time);
        using IDisposable? pinging = pings.Add(connection, direct);
        using CancellationTokenRegistration draining = drain.Token.UnsafeRegister(
            static state => ((PushConnection)state!).CompleteThenClose(WebSocketCloseStatus.EndpointUnavailable, "the gateway is draining: connect again"), connection);
        FlashblockSubscriber subscriber = new(connection, query.IsCompressed, query.IsText, query.WantsEnd);
        using IDisposable? subscription = Subscribe(connection, subscriber, query);
        using MessageReader reader = new(socket, MaxRequest);

        // Nothing is asked on this stream; reading answers pings and notices the close.
        while ((await reader.ReadAsync(aborted).ConfigureAwait(false)).Kind == MessageReadingKind.Message)
        {
        }
    }

    private IDisposable? Subscribe(PushConnection connection, FlashblockSubscriber subscriber, Query query)
    {
        switch (hub.Subscribe(subscriber, query.After, query.PayloadId))
        {
            case Resumption.Resumed resumed:
                return resumed.Subscription;
            case Resumption.TooOld tooOld:
                connection.CompleteThenClose(
                    (WebSocketCloseStatus)GoneCode, $"not kept any more, the oldest is {tooOld.Oldest ?? "none"}: connect without a position, read what is between by RPC");
                return null;
            default:
                connection.CompleteThenClose((WebSocketCloseStatus)FullCode, "as many clients read the stream as may");
                return null;
        }
    }

    private readonly record struct Query((ulong BlockNumber, ulong Index)? After, ulong? PayloadId, bool IsCompressed, bool IsText, bool WantsEnd);
}
