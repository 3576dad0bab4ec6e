namespace Cloud.Testing.Load;

/// <summary>Two percentiles, in milliseconds.</summary>
/// <param name="P50">Half were faster.</param>
/// <param name="P99">99 of 100 were faster.</param>
public sealed record LoadPercentiles(double P50, double P99);
