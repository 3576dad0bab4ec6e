namespace Cloud.Testing.Load;

/// <summary>A size of memory at two times of a run, in MiB.</summary>
/// <param name="Middle">After the middle.</param>
/// <param name="End">At the end.</param>
public sealed record MemoryPair(double Middle, double End);
