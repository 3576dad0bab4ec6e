namespace Orleans.Concurrency;

/// <summary>Requests to this grain may interleave at awaits. Still only one turn runs at a time.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;
