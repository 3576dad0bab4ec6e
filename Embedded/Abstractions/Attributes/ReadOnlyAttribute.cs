namespace Orleans.Concurrency;

/// <summary>This method changes no state: it interleaves with other read-only requests. A promise that nobody checks.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;
