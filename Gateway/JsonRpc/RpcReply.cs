namespace Cloud.Gateway.JsonRpc;

/// <summary>What handling a request text gives besides the text of the response.</summary>
/// <param name="HasResponse">False where it held notifications only.</param>
/// <param name="RetryAfter">Set where a single request was refused since its client asks too much.</param>
internal readonly record struct RpcReply(bool HasResponse, TimeSpan? RetryAfter);
