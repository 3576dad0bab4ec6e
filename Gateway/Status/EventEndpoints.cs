using System.Buffers;
using System.Collections.Frozen;
using System.Net.WebSockets;
using System.Text;
using Cloud.Gateway.Http;
using Cloud.Gateway.Metrics;
using Cloud.Gateway.Status.Documents;
using Cloud.Gateway.WebSockets;
using Cloud.Protocol.Primitives;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Cloud.Gateway.Status;

/// <summary>The status API's events, by server-sent events and by WebSocket.</summary>
internal sealed class EventEndpoints(StatusBook book, WebSocketDoor door, PushOptions push, PingSweep pings, GatewayMetrics metrics, TimeProvider time, PositionHeaders positions, DrainState drain)
{
    private const string SseKind = "events-sse";
    private const string SocketKind = "events-ws";
    private const int MaxHashes = 64;
    private const int RetryAfterMs = 1000;
    private const int MaxRequest = 1024;

    /// <summary>Serves server-sent events until the reader goes.</summary>
    /// <param name="context">The request.</param>
    public async Task HandleSseAsync(HttpContext context)
    {
        if (await OpenAsync(context, needsUpgrade: false).ConfigureAwait(false) is not var (stream, place))
        {
            return;
        }

        using (place)
        using (stream)
        {
            HttpResponse response = context.Response;
            response.ContentType = "text/event-stream";
            response.Headers.CacheControl = "no-cache, no-transform";
            response.Headers["X-Accel-Buffering"] = "no";
            response.Headers[PositionHeaders.Position] = positions.Present;
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            metrics.Connection(SseKind, 1);
            try
            {
                await WriteSseAsync(response, stream, context.RequestAborted).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The reader is gone, or so slow that not even the reason could be told.
            }
            catch (IOException)
            {
                // As above.
            }
            finally
            {
                metrics.Connection(SseKind, -1);
            }
        }
    }

    /// <summary>Serves events by WebSocket until the reader goes.</summary>
    /// <param name="context">The upgrade request.</param>
    public async Task HandleWebSocketAsync(HttpContext context)
    {
        if (await OpenAsync(context, needsUpgrade: true).ConfigureAwait(false) is not var (stream, place))
        {
            return;
        }

        using (place)
        using (stream)
        {
            SocketPipeWriter? direct = SocketTransport.Of(context);
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(push.ToAcceptContext(direct)).ConfigureAwait(false);
            metrics.Connection(SocketKind, 1);
            try
            {
                await ServeAsync(socket, direct, stream, context.RequestAborted).ConfigureAwait(false);
            }
            finally
            {
                metrics.Connection(SocketKind, -1);
            }
        }
    }

    private static string? Single(StringValues values) => values.Count == 0 || string.IsNullOrEmpty(values.ToString()) ? null : values.ToString();

    private static string? ReadFilter(HttpContext context, out EventFilter filter, out string? after)
    {
        filter = new EventFilter(null, null);
        FrozenSet<string>? types = null;
        FrozenSet<Hash256>? transactions = null;
        after = Single(context.Request.Headers["Last-Event-ID"]) ?? Single(context.Request.Query["after"]);
        if (after is not null && !EventLog.IsId(after))
        {
            return "after";
        }

        if (Single(context.Request.Query["types"]) is { } named)
        {
            string[] names = named.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (names.Length > EventNames.All.Count || Array.Exists(names, name => !EventNames.All.Contains(name)))
            {
                return "types";
            }

            types = names.ToFrozenSet(StringComparer.Ordinal);
        }

        if (Single(context.Request.Query["transaction"]) is { } listed)
        {
            string[] texts = listed.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            HashSet<Hash256> hashes = [];
            if (texts.Length > MaxHashes)
            {
                return "transaction";
            }

            foreach (string text in texts)
            {
                if (!Hash256.TryParse(text, null, out Hash256 hash))
                {
                    return "transaction";
                }

                hashes.Add(hash);
            }

            transactions = hashes.ToFrozenSet();
        }

        filter = new EventFilter(types, transactions);
        return null;
    }

    private async Task<(EventStream Stream, IDisposable Place)?> OpenAsync(HttpContext context, bool needsUpgrade)
    {
        if (ReadFilter(context, out EventFilter filter, out string? after) is { } fault)
        {
            await Problems.WriteAsync(context, Problems.Invalid(fault, fault switch
            {
                "after" => "An event id such as mb3k1-42 is expected.",
                "types" => $"Names of events, separated by commas, are expected: {string.Join(", ", EventNames.All.Order(StringComparer.Ordinal))}.",
                _ => $"At most {MaxHashes} transaction hashes, separated by commas, are expected.",
            })).ConfigureAwait(false);
            return null;
        }

        if (await door.EnterAsync(context, needsUpgrade).ConfigureAwait(false) is not var (_, place))
        {
            return null;
        }

        EventStream? stream = book.Log.Open(filter, after);
        if (stream is null)
        {
            place.Dispose();
            await Problems.WriteAsync(context, drain.IsDraining
                ? Problems.NotReady("The gateway is draining: connect to another one.")
                : new ProblemDocument("/problems/too-many-streams", "Too many streams", StatusCodes.Status429TooManyRequests, "As many streams are open as may be.", RetryAfterMs: RetryAfterMs)).ConfigureAwait(false);
            return null;
        }

        return (stream, place);
    }

    private IEnumerable<LoggedEvent> PresentOf(EventFilter filter)
    {
        foreach (Hash256 hash in filter.Transactions ?? [])
        {
            if (book.PresentOf(in hash) is { } present)
            {
                yield return new LoggedEvent(null, EventNames.Transaction, present, hash);
            }
        }
    }

    private async Task WriteSseAsync(HttpResponse response, EventStream stream, CancellationToken aborted)
    {
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes($"retry: {RetryAfterMs}\n\n"), aborted).ConfigureAwait(false);
        foreach (LoggedEvent present in PresentOf(stream.Filter))
        {
            Write(response.BodyWriter, present);
        }

        await FlushAsync(response, aborted).ConfigureAwait(false);
        string? lastId = null;
        while (await stream.Reader.WaitToReadAsync(aborted).ConfigureAwait(false))
        {
            while (stream.Reader.TryRead(out LoggedEvent? logged))
            {
                if (stream.End == "slow-reader")
                {
                    break;
                }

                Write(response.BodyWriter, logged);
                lastId = logged.Sequence is { } sequence ? book.Log.IdOf(sequence) : lastId;
                if (response.BodyWriter.UnflushedBytes > 1 << 16)
                {
                    await FlushAsync(response, aborted).ConfigureAwait(false);
                }
            }

            await FlushAsync(response, aborted).ConfigureAwait(false);
            if (stream.End == "slow-reader")
            {
                break;
            }
        }

        if (stream.End == "slow-reader")
        {
            metrics.SlowClient(SseKind);
        }

        Write(response.BodyWriter, new LoggedEvent(null, EventNames.Closing, new ClosingDocument(stream.End ?? "shutdown", lastId, RetryAfterMs)));
        await FlushAsync(response, aborted).ConfigureAwait(false);
    }

    private async Task FlushAsync(HttpResponse response, CancellationToken aborted)
    {
        using CancellationTokenSource deadline = new(push.SendTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, aborted);
        await response.BodyWriter.FlushAsync(either.Token).ConfigureAwait(false);
    }

    private void Write(IBufferWriter<byte> writer, LoggedEvent logged)
    {
        if (logged.Sequence is { } sequence)
        {
            writer.Write("id: "u8);
            writer.Write(Encoding.ASCII.GetBytes(book.Log.IdOf(sequence)));
            writer.Write("\n"u8);
        }

        writer.Write("event: "u8);
        writer.Write(Encoding.ASCII.GetBytes(logged.Name));
        writer.Write("\ndata: "u8);
        writer.Write(logged.Data);
        writer.Write("\n\n"u8);
    }

    private async Task ServeAsync(WebSocket socket, SocketPipeWriter? direct, EventStream stream, CancellationToken aborted)
    {
        await using PushConnection connection = new(socket, direct, SocketKind, push, 1, metrics, time);
        using IDisposable? pinging = pings.Add(connection, direct);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(aborted, connection.Closed);
        Task writing = WriteAsync(connection, stream, stop.Token);
        using (MessageReader reader = new(socket, MaxRequest))
        {
            // Nothing is asked on this stream; reading answers pings and notices the close.
            while ((await reader.ReadAsync(aborted).ConfigureAwait(false)).Kind == MessageReadingKind.Message)
            {
            }
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await writing.ConfigureAwait(false);
    }

    private async Task WriteAsync(PushConnection connection, EventStream stream, CancellationToken stop)
    {
        string? lastId = null;
        try
        {
            foreach (LoggedEvent present in PresentOf(stream.Filter))
            {
                connection.TryPush(FrameOf(present));
            }

            await foreach (LoggedEvent logged in stream.Reader.ReadAllAsync(stop).ConfigureAwait(false))
            {
                if (stream.End == "slow-reader")
                {
                    break;
                }

                lastId = logged.Sequence is { } sequence ? book.Log.IdOf(sequence) : lastId;
                if (!connection.TryPush(FrameOf(logged)))
                {
                    return;
                }
            }

            connection.TryPush(FrameOf(new LoggedEvent(null, EventNames.Closing, new ClosingDocument(stream.End ?? "shutdown", lastId, RetryAfterMs))));
            connection.CompleteThenClose(
                stream.End == "slow-reader" ? WebSocketCloseStatus.PolicyViolation : WebSocketCloseStatus.EndpointUnavailable, stream.End ?? "shutdown");
        }
        catch (OperationCanceledException)
        {
            // The reader is gone.
        }
    }

    private byte[] FrameOf(LoggedEvent logged)
    {
        ArrayBufferWriter<byte> buffer = new(logged.Data.Length + 96);
        string id = logged.Sequence is { } sequence ? $"\"{book.Log.IdOf(sequence)}\"" : "null";
        buffer.Write(Encoding.ASCII.GetBytes($"{{\"id\":{id},\"event\":\"{logged.Name}\",\"data\":"));
        buffer.Write(logged.Data);
        buffer.Write("}"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
