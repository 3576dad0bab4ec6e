using Cloud.Gateway.Limits;
using Microsoft.AspNetCore.Http;

namespace Cloud.Gateway.Http;

/// <summary>Decides whether a connection that stays open may be opened, before it is.</summary>
internal sealed class WebSocketDoor(ClientResolver clients, ConnectionLimiter connections, RateGate rates, DrainState drain)
{
    private const double Cost = 10;

    /// <summary>Takes a place, or answers why there is none.</summary>
    /// <param name="context">The request.</param>
    /// <param name="needsUpgrade">Whether it must be a WebSocket upgrade.</param>
    /// <returns>The client and its place, to be disposed when the connection closes; null where the request has been answered.</returns>
    public async ValueTask<(ClientId Client, IDisposable Place)?> EnterAsync(HttpContext context, bool needsUpgrade)
    {
        if (needsUpgrade && !context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await RefuseAsync(context, StatusCodes.Status426UpgradeRequired, "a WebSocket upgrade is expected").ConfigureAwait(false);
            return null;
        }

        if (drain.IsDraining)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "the gateway is draining: connect to another one").ConfigureAwait(false);
            return null;
        }

        if (!clients.TryResolve(context, out _, out ClientId client))
        {
            await RefuseAsync(context, StatusCodes.Status401Unauthorized, "Invalid API key").ConfigureAwait(false);
            return null;
        }

        if (rates.TryTake(in client, Cost) is { } tooMuch)
        {
            context.Response.Headers.RetryAfter = tooMuch.RetryAfterSeconds;
            await RefuseAsync(context, StatusCodes.Status429TooManyRequests, tooMuch.Message).ConfigureAwait(false);
            return null;
        }

        if (connections.TryOpen(in client, out string? refusal) is { } place)
        {
            return (client, place);
        }

        await RefuseAsync(context, StatusCodes.Status429TooManyRequests, refusal!).ConfigureAwait(false);
        return null;
    }

    private static Task RefuseAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new ErrorBody(message), HttpJson.Default.ErrorBody, cancellationToken: context.RequestAborted);
    }
}
