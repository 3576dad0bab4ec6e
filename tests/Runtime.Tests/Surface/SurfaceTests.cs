using System.Reflection;

namespace Cloud.Runtime.Tests.Surface;

/// <summary>
/// The public surface of Embedded is a subset of that of the published Orleans packages: what compiles here compiles there. The packages are
/// downloaded, never referenced, and their assemblies are read as metadata, never loaded.
/// </summary>
public sealed class SurfaceTests
{
    /// <summary>
    /// Names a folder with the assemblies of every Orleans package (Orleans.Core.dll, Orleans.Runtime.dll, Orleans.Streaming.dll and so on),
    /// to compare with them the types that the published pair of packages does not hold.
    /// </summary>
    public const string ReferenceVariable = "ORLEANS_ASSEMBLIES";

    /// <summary>Interfaces and base classes that only the runtime implements: grains and their hosts call them, so Embedded may lack members of them.</summary>
    private static readonly HashSet<string> ImplementedByTheRuntimeOnly = Lines("runtime-only-types.txt").ToHashSet(StringComparer.Ordinal);

    private static readonly Lazy<IReadOnlyDictionary<string, PublicType>> Published = new(() => Union(
        [Downloaded("Microsoft.Orleans.Core.Abstractions", "Orleans.Core.Abstractions.dll"), Downloaded("Microsoft.Orleans.TestingHost", "Orleans.TestingHost.dll")]));

    private static readonly Lazy<IReadOnlyDictionary<string, PublicType>> Embedded = new(() => SurfaceReader.Read(typeof(Grain).Assembly.Location)
        .Where(type => !type.Key.StartsWith("Cloud.", StringComparison.Ordinal))
        .ToDictionary(StringComparer.Ordinal));

    [Fact]
    public void Every_public_type_is_a_type_of_Orleans()
    {
        SkipOnOrleans();
        AssertNone(Embedded.Value.Keys.Except(Published.Value.Keys, StringComparer.Ordinal).Except(UncheckedTypes.ByName.Keys, StringComparer.Ordinal));
    }

    [Fact]
    public void Every_public_type_that_is_published_has_no_member_and_no_meaning_that_Orleans_lacks()
    {
        SkipOnOrleans();
        SurfaceComparison comparison = new(Published.Value, ImplementedByTheRuntimeOnly);
        AssertNone(Embedded.Value.Values.Where(type => Published.Value.ContainsKey(type.Name)).SelectMany(comparison.Differences));
    }

    [Fact]
    public void The_list_of_types_that_cannot_be_compared_holds_nothing_that_can_and_nothing_that_is_gone()
    {
        SkipOnOrleans();
        AssertNone(UncheckedTypes.ByName.Keys.Intersect(Published.Value.Keys, StringComparer.Ordinal));
        AssertNone(UncheckedTypes.ByName.Keys.Except(Embedded.Value.Keys, StringComparer.Ordinal));
    }

    [Fact]
    public void The_types_of_the_other_packages_fit_too_when_their_assemblies_are_at_hand()
    {
        SkipOnOrleans();
        string folder = Environment.GetEnvironmentVariable(ReferenceVariable) ?? "";
        Assert.SkipWhen(folder.Length == 0, $"{ReferenceVariable} names no folder with the assemblies of the Orleans packages that the registry does not offer.");
        Dictionary<string, PublicType> reference = Union(Directory.EnumerateFiles(folder, "Orleans.*.dll"));
        SurfaceComparison comparison = new(reference, ImplementedByTheRuntimeOnly);
        AssertNone(UncheckedTypes.ByName.Keys.Except(reference.Keys, StringComparer.Ordinal));
        AssertNone(Embedded.Value.Values.Where(type => reference.ContainsKey(type.Name)).SelectMany(comparison.Differences));
    }

    /// <summary>As Assert.Empty, but shows every item in full.</summary>
    private static void AssertNone(IEnumerable<string> differences)
    {
        string[] all = [.. differences.Order(StringComparer.Ordinal)];
        if (all.Length > 0)
        {
            Assert.Fail(string.Join(Environment.NewLine, all));
        }
    }

    private static void SkipOnOrleans() =>
        Assert.SkipUnless(typeof(Grain).Assembly.GetName().Name == "Cloud.Embedded", "This build runs on Orleans itself, so there is no Embedded to compare with it.");

    private static string Downloaded(string package, string assembly)
    {
        Dictionary<string, string> metadata = typeof(SurfaceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .ToDictionary(item => item.Key, item => item.Value ?? "", StringComparer.Ordinal);
        return Path.Combine(metadata["PackageFolder"], package.ToLowerInvariant(), metadata["PublishedOrleansVersion"], "lib", "net10.0", assembly);
    }

    /// <summary>Two packages may hold halves of what looks like one class of extension methods.</summary>
    private static Dictionary<string, PublicType> Union(IEnumerable<string> assemblies) => assemblies
        .SelectMany(SurfaceReader.Read)
        .GroupBy(type => type.Key, type => type.Value, StringComparer.Ordinal)
        .ToDictionary(
            types => types.Key,
            types => types.First() with { Members = types.SelectMany(type => type.Members).DistinctBy(member => member.Key).ToDictionary(StringComparer.Ordinal) },
            StringComparer.Ordinal);

    private static IEnumerable<string> Lines(string file) => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Surface", file))
        .Where(line => !line.StartsWith('#') && !string.IsNullOrWhiteSpace(line));
}
