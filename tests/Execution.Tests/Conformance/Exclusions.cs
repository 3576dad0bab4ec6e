namespace Cloud.Execution.Tests.Conformance;

/// <summary>Published cases that are not run, each with its reason.</summary>
internal static class Exclusions
{
    /// <summary>Reasons by "file/test/fork/index".</summary>
    public static IReadOnlyDictionary<string, string> Reasons { get; } = new Dictionary<string, string>();
}
