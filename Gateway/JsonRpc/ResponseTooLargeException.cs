namespace Cloud.Gateway.JsonRpc;

/// <summary>A response grew beyond its bound while it was written. An exception, since a JSON writer has no other way out of the middle of a document.</summary>
/// <param name="limit">The bound in bytes.</param>
internal sealed class ResponseTooLargeException(int limit) : Exception($"response too large: at most {limit} bytes")
{
    /// <summary>The bound in bytes.</summary>
    public int Limit => limit;
}
