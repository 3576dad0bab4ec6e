using System.Xml.Linq;

namespace Cloud.Architecture.Tests;

/// <summary>The checked-out source tree that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder that holds Cloud.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every project of the product, by folder name relative to the root, less tests and benchmarks.</summary>
    public static IReadOnlyDictionary<string, XDocument> ProductProjects { get; } = ProjectFiles()
        .Where(file => !IsTestOrBench(file))
        .ToDictionary(file => Path.GetFileName(Path.GetDirectoryName(file))!, file => XDocument.Load(file), StringComparer.Ordinal);

    /// <summary>Every project file below the root.</summary>
    /// <returns>Absolute paths.</returns>
    public static IEnumerable<string> ProjectFiles() => Directory
        .EnumerateFiles(Root, "*.csproj", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 })
        .Where(file => !Relative(file).StartsWith("artifacts", StringComparison.Ordinal) && !Relative(file).Contains("node_modules", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <summary>Every C# file of a project.</summary>
    /// <param name="project">The project's folder name.</param>
    /// <returns>Absolute paths.</returns>
    public static IEnumerable<string> SourceFiles(string project) =>
        Directory.EnumerateFiles(Path.Combine(Root, project), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    /// <summary>The path from the root, with forward slashes.</summary>
    /// <param name="path">An absolute path.</param>
    /// <returns>The relative path.</returns>
    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static bool IsTestOrBench(string file) =>
        Relative(file).StartsWith("tests/", StringComparison.Ordinal) || Relative(file).StartsWith("bench/", StringComparison.Ordinal);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cloud.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Cloud.sln.");
    }
}
