namespace Cloud.Gateway.JsonRpc;

/// <summary>Carries one request out.</summary>
/// <param name="call">The request.</param>
/// <returns>Null where the result was written; otherwise why there is none, and whatever was written is forgotten.</returns>
internal delegate ValueTask<RpcError?> RpcHandler(RpcCall call);
