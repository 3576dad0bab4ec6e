using System.Diagnostics;

namespace Cloud.Host.Tests;

/// <summary>Other programs that a test runs to their end.</summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Runs a program.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="variables">The environment beside the test's own; null takes a variable away.</param>
    /// <param name="program">Its name or path.</param>
    /// <param name="arguments">As a shell would give them.</param>
    /// <returns>Its exit code and all that it wrote.</returns>
    internal static async Task<(int Code, string Output, string Errors)> RunAsync(string folder, IReadOnlyDictionary<string, string?> variables, string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string? value) in variables)
        {
            start.Environment[name] = value;
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Runs a program that has to end well.</summary>
    /// <returns>What it wrote.</returns>
    internal static async Task<string> OutputAsync(string folder, IReadOnlyDictionary<string, string?> variables, string program, params string[] arguments)
    {
        (int code, string output, string errors) = await RunAsync(folder, variables, program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}: {errors}{output}");
        return output;
    }
}
