using System.Globalization;

namespace Cloud.Gateway.JsonRpc;

/// <summary>Why a request has no result.</summary>
/// <param name="Code">See <see cref="RpcErrorCode"/>.</param>
/// <param name="Message">For the user; starts with the words that Ethereum clients agree on where they do.</param>
/// <param name="Data">More, mostly hex; null for nothing.</param>
internal sealed record RpcError(int Code, string Message, string? Data = null)
{
    /// <summary>The text is not JSON.</summary>
    public static RpcError Parse(string detail) => new(RpcErrorCode.Parse, $"parse error: {detail}");

    /// <summary>The JSON is no request.</summary>
    public static RpcError InvalidRequest(string detail) => new(RpcErrorCode.InvalidRequest, detail);

    /// <summary>There is no such method.</summary>
    public static RpcError MethodNotFound(string method) => new(RpcErrorCode.MethodNotFound, $"the method {method} does not exist/is not available");

    /// <summary>An argument is wrong.</summary>
    public static RpcError InvalidArgument(int position, string detail) =>
        new(RpcErrorCode.InvalidParams, string.Create(CultureInfo.InvariantCulture, $"invalid argument {position}: {detail}"));

    /// <summary>An argument is missing.</summary>
    public static RpcError MissingArgument(int position) =>
        new(RpcErrorCode.InvalidParams, string.Create(CultureInfo.InvariantCulture, $"missing value for required argument {position}"));

    /// <summary>The arguments contradict each other or the chain.</summary>
    public static RpcError InvalidParams(string detail) => new(RpcErrorCode.InvalidParams, detail);

    /// <summary>The request is sound, but cannot be done.</summary>
    public static RpcError Server(string detail) => new(RpcErrorCode.Server, detail);

    /// <summary>A rate or a bound is exceeded.</summary>
    public static RpcError Limit(string detail) => new(RpcErrorCode.LimitExceeded, detail);
}
