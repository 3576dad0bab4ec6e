namespace Cloud.Gateway.Operators;

/// <summary>What somebody with a key did.</summary>
/// <param name="At">When.</param>
/// <param name="Key">Name of the key; never the key.</param>
/// <param name="Address">Whence.</param>
/// <param name="Action">What, such as <c>drain</c>.</param>
/// <param name="Subject">To what; empty for the gateway itself.</param>
/// <param name="Status">HTTP status of the answer.</param>
internal sealed record AuditEntry(DateTimeOffset At, string Key, string Address, string Action, string Subject, int Status);
