using System.CommandLine;
using Cloud.Cli.Commands;
using Spectre.Console;

namespace Cloud.Cli;

/// <summary>The command line: everything that an operator or a user does from a terminal.</summary>
internal static class CloudCommand
{
    /// <summary>What was asked is right, or was done.</summary>
    public const int Right = 0;

    /// <summary>What was asked is not right.</summary>
    public const int Wrong = 1;

    /// <summary>It could not be found out: a bad argument, a missing file, an unreachable gateway.</summary>
    public const int Unusable = 2;

    /// <summary>Runs a command.</summary>
    /// <param name="arguments">As the shell gives them.</param>
    /// <param name="console">For people.</param>
    /// <param name="output">For programs.</param>
    /// <param name="errors">What went wrong.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, IAnsiConsole console, TextWriter output, TextWriter errors, TimeProvider time)
    {
        Terminal terminal = new(console, output, errors, time);
        RootCommand root = new("Preconf Cloud from a terminal: what runs, where a transaction stands, whether a proof is right, and what to fix.")
        {
            VerifyCommand.Create(terminal),
            StatusCommand.Create(terminal),
            TransactionCommand.Create(terminal),
            LedgerCommand.Create(terminal),
            DoctorCommand.Create(terminal),
            KeysCommand.Create(terminal),
            DeployCommand.Create(terminal),
            InspectCommand.Create(terminal),
            LoadCommand.Create(terminal),
        };
        ParseResult parsed = root.Parse(arguments.Length == 0 ? ["--help"] : arguments);
        if (parsed.Errors.Count > 0)
        {
            // Of several, the last one is about what was given, and those before it about what therefore lacks.
            terminal.Fail(string.Join(' ', parsed.Errors[^1].Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)), "see --help");
            return Unusable;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors }).ConfigureAwait(false);
    }
}
