using System.Text.Json;
using Cloud.Host.Tests;

namespace Cloud.Cli.Tests;

/// <summary>The command line as a process of its own, as a shell would start it.</summary>
internal static class CloudProcess
{
    /// <summary>Runs a command to its end.</summary>
    /// <param name="variables">The environment beside the test's own; null takes a variable away.</param>
    /// <param name="arguments">As a shell would give them.</param>
    internal static Task<(int Code, string Output, string Errors)> RunAsync(IReadOnlyDictionary<string, string?> variables, params string[] arguments) =>
        Command.RunAsync(Environment.CurrentDirectory, variables, "dotnet", [Path.Combine(AppContext.BaseDirectory, "cloud.dll"), .. arguments]);

    /// <summary>Runs a command that must succeed, and reads its JSON.</summary>
    internal static async Task<JsonElement> JsonAsync(IReadOnlyDictionary<string, string?> variables, params string[] arguments)
    {
        (int code, string output, string errors) = await RunAsync(variables, [.. arguments, "--json"]);
        Assert.True(code == 0, $"{string.Join(' ', arguments)} ended with {code}: {errors}{output}");
        using JsonDocument document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    /// <summary>Runs a command that must be refused in two lines: what is wrong, and what to do.</summary>
    internal static async Task RefusedAsync(string sentence, string remedy, IReadOnlyDictionary<string, string?> variables, params string[] arguments)
    {
        (int code, string output, string errors) = await RunAsync(variables, arguments);
        Assert.Equal((2, ""), (code, output));
        string[] lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("error: ", lines[0], StringComparison.Ordinal);
        Assert.Contains(sentence, lines[0], StringComparison.Ordinal);
        Assert.Contains(remedy, lines[1], StringComparison.Ordinal);
    }
}
