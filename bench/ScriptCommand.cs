using System.CommandLine;
using System.CommandLine.Help;

namespace Cloud.Bench;

/// <summary>The command line of a program that a script starts: the help names the script, and a bad argument is one sentence.</summary>
internal static class ScriptCommand
{
    /// <summary>The command itself, without options.</summary>
    /// <param name="script">As it is started, such as <c>./load.sh</c>.</param>
    /// <param name="description">What it does.</param>
    internal static Command Create(string script, string description)
    {
        Command command = new(script, description);
        command.Options.Add(new HelpOption());
        return command;
    }

    /// <summary>Does what the arguments ask for.</summary>
    /// <returns>The exit code; 2 where the arguments are wrong.</returns>
    internal static async Task<int> RunAsync(Command command, string[] arguments)
    {
        ParseResult parsed = command.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            // Of several, the last one is about what was given, and those before it about what therefore lacks.
            await Console.Error.WriteLineAsync($"error: {string.Join(' ', parsed.Errors[^1].Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))}\n       see {command.Name} --help");
            return 2;
        }

        return await parsed.InvokeAsync();
    }
}
