namespace Cloud.Settlement.Tests.Publishing;

/// <summary>The process dies here.</summary>
internal sealed class CrashException : Exception;
