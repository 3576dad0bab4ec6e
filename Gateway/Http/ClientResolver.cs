using System.Net;
using Cloud.Gateway.Limits;
using Microsoft.AspNetCore.Http;

namespace Cloud.Gateway.Http;

/// <summary>Tells who sent an HTTP request.</summary>
/// <param name="options">Which proxies to believe.</param>
/// <param name="keys">The API keys.</param>
internal sealed class ClientResolver(LimitOptions options, Keys.ApiKeyStore keys)
{
    private const string ForwardedFor = "X-Forwarded-For";
    private const string KeyHeader = "X-Api-Key";
    private const string Bearer = "Bearer ";
    private const string KeyRouteValue = "key";

    /// <summary>Finds the client of a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="key">The key that it shows; null for none.</param>
    /// <param name="client">The client.</param>
    /// <returns>False where it shows a key that does not exist or is not valid now.</returns>
    public bool TryResolve(HttpContext context, out Keys.ApiKey? key, out ClientId client)
    {
        key = null;
        string? shown = ShownKey(context);
        client = ClientId.Of(AddressOf(context));
        if (shown is null)
        {
            return true;
        }

        key = keys.Find(shown);
        if (key is null)
        {
            return false;
        }

        client = ClientId.Of(client.Address, key.Id, key.Rate, key.Quota);
        return true;
    }

    private static string? ShownKey(HttpContext context)
    {
        if (context.Request.RouteValues.TryGetValue(KeyRouteValue, out object? route) && route is string { Length: > 0 } inPath)
        {
            return inPath;
        }

        if (context.Request.Headers.TryGetValue(KeyHeader, out Microsoft.Extensions.Primitives.StringValues header) && header.ToString() is { Length: > 0 } value)
        {
            return value;
        }

        string authorization = context.Request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim() : null;
    }

    private IPAddress? AddressOf(HttpContext context)
    {
        if (options.TrustedProxies > 0)
        {
            string[] hops = context.Request.Headers[ForwardedFor].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (hops.Length >= options.TrustedProxies && IPAddress.TryParse(hops[^options.TrustedProxies], out IPAddress? address))
            {
                return address;
            }
        }

        return context.Connection.RemoteIpAddress;
    }
}
