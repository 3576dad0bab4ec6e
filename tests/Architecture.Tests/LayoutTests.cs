using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Cloud.Architecture.Tests;

public sealed partial class LayoutTests
{
    /// <summary>A project may use only projects that stand before it.</summary>
    private static readonly string[] Order =
    [
        "Protocol", "Storage", "Execution", "Settlement", "Replica", "Embedded", "Grains.Interfaces", "Grains", "Silo", "Gateway", "Testing", "EpochProver", "Host", "Cli",
    ];

    [Fact]
    public void Every_project_has_a_place_in_the_order() =>
        Assert.Empty(Repository.ProductProjects.Keys.Except(Order, StringComparer.Ordinal));

    [Fact]
    public void A_project_uses_only_what_stands_above_it()
    {
        List<string> violations = [];
        foreach ((string project, XDocument file) in Repository.ProductProjects)
        {
            foreach (string used in References(file))
            {
                if (Array.IndexOf(Order, used) >= Array.IndexOf(Order, project))
                {
                    violations.Add($"{project} uses {used}");
                }
            }
        }

        Assert.Empty(violations);
    }

    [Fact]
    public void Domain_code_never_sees_a_grain()
    {
        string[] domain = ["Protocol", "Storage", "Execution", "Settlement", "Replica"];
        List<string> violations = [];
        foreach (string project in domain.Where(Repository.ProductProjects.ContainsKey))
        {
            violations.AddRange(Repository.SourceFiles(project)
                .Where(source => OrleansUsing().IsMatch(File.ReadAllText(source)))
                .Select(Repository.Relative));
        }

        Assert.Empty(violations);
    }

    [Fact]
    public void Protocol_uses_no_package_no_file_and_no_clock()
    {
        Assert.Empty(Repository.ProductProjects["Protocol"].Descendants("PackageReference"));
        List<string> violations = [];
        foreach (string source in Repository.SourceFiles("Protocol"))
        {
            string text = File.ReadAllText(source);
            if (ClockOrFile().Match(text) is { Success: true } match && !Repository.Relative(source).StartsWith("Protocol/Crypto/", StringComparison.Ordinal))
            {
                violations.Add($"{Repository.Relative(source)}: {match.Value}");
            }
        }

        Assert.Empty(violations);
    }

    [Fact]
    public void Product_code_takes_time_from_a_time_provider()
    {
        List<string> violations = [];
        foreach (string project in Repository.ProductProjects.Keys)
        {
            foreach (string source in Repository.SourceFiles(project))
            {
                if (WallClock().Match(File.ReadAllText(source)) is { Success: true } match)
                {
                    violations.Add($"{Repository.Relative(source)}: {match.Value}");
                }
            }
        }

        Assert.Empty(violations);
    }

    [Fact]
    public void A_source_file_has_the_name_of_a_type_that_it_declares()
    {
        List<string> violations = [];
        foreach (string project in Repository.ProductProjects.Keys)
        {
            foreach (string source in Repository.SourceFiles(project))
            {
                string name = Path.GetFileNameWithoutExtension(source);
                string type = name.Split('.', '{')[0];
                bool declares = Regex.IsMatch(
                    File.ReadAllText(source),
                    $@"\b(class|struct|record|interface|enum|delegate\s+[\w<>\[\]?,\s\.]+)\s+{Regex.Escape(type)}\b",
                    RegexOptions.CultureInvariant);
                if (!declares && name is not ("Program" or "AssemblyInfo" or "GlobalUsings"))
                {
                    violations.Add(Repository.Relative(source));
                }
            }
        }

        Assert.Empty(violations);
    }

    [Fact]
    public void The_solution_holds_every_project()
    {
        string solution = File.ReadAllText(Path.Combine(Repository.Root, "Cloud.sln")).Replace('\\', '/');
        string[] missing = [.. Repository.ProjectFiles().Select(Repository.Relative).Where(project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal))];
        Assert.Empty(missing);
    }

    [Fact]
    public void Versions_of_packages_stand_in_one_place()
    {
        IEnumerable<string> violations = Repository.ProjectFiles()
            .Where(file => XDocument.Load(file).Descendants("PackageReference").Any(reference => reference.Attribute("Version") is not null))
            .Select(Repository.Relative);
        Assert.Empty(violations);
    }

    [Fact]
    public void A_type_uses_an_event_id_of_its_log_once()
    {
        // A partial type is several files, so that the compiler's own check, which looks at one declaration, does not see all of it.
        (string Type, string Id)[] ids =
        [
            .. from project in Repository.ProductProjects.Keys
            from source in Repository.SourceFiles(project)
            let type = $"{Repository.Relative(Path.GetDirectoryName(source)!)}/{Path.GetFileName(source).Split('.')[0]}"
            from Match use in EventId().Matches(File.ReadAllText(source))
            select (type, use.Groups[1].Value),
        ];
        Assert.NotEmpty(ids);
        Assert.Empty(ids.GroupBy(used => used).Where(used => used.Count() > 1).Select(used => $"{used.Key.Type} uses {used.Key.Id} {used.Count()} times"));
    }

    private static IEnumerable<string> References(XDocument project) => project.Descendants("ProjectReference")
        .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

    [GeneratedRegex(@"^using Orleans\b", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex OrleansUsing();

    [GeneratedRegex(@"\b(DateTime(Offset)?\.(Utc)?Now|Stopwatch\.|File\.|Directory\.|Environment\.TickCount|Socket|HttpClient)\b?", RegexOptions.CultureInvariant)]
    private static partial Regex ClockOrFile();

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex EventId();

    [GeneratedRegex(@"\b(DateTime|DateTimeOffset)\.(UtcNow|Now)\b|\bThread\.Sleep\(|\bTask\.Delay\([^,()]+\)", RegexOptions.CultureInvariant)]
    private static partial Regex WallClock();
}
