using Cloud.Cli;
using Spectre.Console;

if (Console.IsOutputRedirected)
{
    // Lines for other programs are not folded.
    AnsiConsole.Profile.Width = 4096;
}

return await CloudCommand.RunAsync(args, AnsiConsole.Console, Console.Out, Console.Error, TimeProvider.System);
