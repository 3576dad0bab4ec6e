namespace Cloud.Gateway.Http;

/// <summary>Body of every refusal outside JSON-RPC.</summary>
/// <param name="Message">What is wrong, and which limit there is.</param>
public sealed record ErrorBody(string Message);
