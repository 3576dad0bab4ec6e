using System.Globalization;
using System.Text.RegularExpressions;
using Cloud.Gateway.Tests.Status;

namespace Cloud.Gateway.Tests.Eth;

/// <summary>Every number of the acceptance list (S and R), and every trap (T), has a test that bears it, or a reason in docs/flashblock-catalogue.md why it has none.</summary>
public sealed partial class CatalogueCoverageTests
{
    [Theory]
    [InlineData('S', 60)]
    [InlineData('R', 53)]
    [InlineData('T', 20)]
    public void Every_number_has_a_test_or_a_reason(char letter, int last)
    {
        Assert.SkipWhen(Tools.Root is null, "the sources are not there");
        string tests = Path.Combine(Tools.Root!, "tests");
        IEnumerable<string> files = ((string[])["Gateway.Tests", "Replica.Tests", "Protocol.Tests", "Execution.Tests"])
            .SelectMany(project => Directory.EnumerateFiles(Path.Combine(tests, project), "*.cs", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Path.Combine(tests, "clients"), "*.test.mjs"));
        HashSet<int> tested = [.. files.SelectMany(file => NamesIn(File.ReadAllText(file))).SelectMany(name => NumbersIn(name, letter))];
        HashSet<int> explained = [.. File.ReadLines(Path.Combine(Tools.Root!, "docs", "flashblock-catalogue.md"))
            .Select(line => Row().Match(line)).Where(row => row.Success && row.Groups[1].Value[0] == letter).Select(row => int.Parse(row.Groups[1].Value[1..], CultureInfo.InvariantCulture))];
        Assert.Empty(Enumerable.Range(1, last).Where(number => !tested.Contains(number) && !explained.Contains(number)).Select(number => $"{letter}{number}"));
        Assert.Empty(explained.Where(tested.Contains).Select(number => $"{letter}{number} has a test"));
    }

    private static IEnumerable<string> NamesIn(string source) => Name().Matches(source).Select(match => match.Groups[1].Value);

    private static IEnumerable<int> NumbersIn(string name, char letter) =>
        Number().Matches(name).Where(match => match.Value[0] == letter).Select(match => int.Parse(match.Value.AsSpan(match.Value.LastIndexOfAny(['S', 'R', 'T', '_']) + 1), CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^\| ([SR]\d+) \|")]
    private static partial Regex Row();

    // The numbers at the beginning of a test's name; those of traps are spelt out where no others stand beside them.
    [GeneratedRegex(@"(?:(?:void|Task) |test\(')((?:(?:[SR]|T|Trap_)\d+[_ ])+)")]
    private static partial Regex Name();

    [GeneratedRegex(@"(?:[SR]|T|Trap_)\d+")]
    private static partial Regex Number();
}
