namespace Orleans.Concurrency;

/// <summary>The call completes when the message is handed over: no result, no error, no proof of delivery.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OneWayAttribute : Attribute;
