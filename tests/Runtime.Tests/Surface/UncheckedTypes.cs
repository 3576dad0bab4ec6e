namespace Cloud.Runtime.Tests.Surface;

/// <summary>
/// Types of Embedded whose home is a package that the registry does not offer for download, so that this repository's build cannot compare them.
/// With the assemblies at hand the same comparison covers them: see <see cref="SurfaceTests.ReferenceVariable"/>.
/// </summary>
internal static class UncheckedTypes
{
    /// <summary>The home package by the full name of the type.</summary>
    public static IReadOnlyDictionary<string, string> ByName { get; } = Read();

    private static Dictionary<string, string> Read()
    {
        Dictionary<string, string> types = new(StringComparer.Ordinal);
        string package = "";
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Surface", "unchecked-types.txt")))
        {
            if (line.StartsWith('#') || string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            if (line.StartsWith('['))
            {
                package = line.Trim('[', ']');
                continue;
            }

            types.Add(line.Trim(), package);
        }

        return types;
    }
}
