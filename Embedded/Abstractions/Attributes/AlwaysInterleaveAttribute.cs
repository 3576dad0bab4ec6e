namespace Orleans.Concurrency;

/// <summary>This method interleaves with every other request of the grain.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;
