namespace Orleans.Concurrency;

/// <summary>Has no effect.</summary>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class UnorderedAttribute : Attribute;
