using System.Text.Json;

namespace Cloud.Gateway.JsonRpc;

/// <summary>One request on its way.</summary>
/// <param name="Parameters">Its arguments.</param>
/// <param name="Result">Where the method writes its result, exactly one JSON value, unless it returns an error.</param>
/// <param name="Session">Who asks.</param>
/// <param name="Cancellation">The caller is gone, or the time is over.</param>
internal sealed record RpcCall(RpcParameters Parameters, Utf8JsonWriter Result, RpcSession Session, CancellationToken Cancellation);
