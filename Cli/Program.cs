using Cloud.Cli;
using Spectre.Console;

return await CloudCommand.RunAsync(args, AnsiConsole.Console, Console.Out, Console.Error, TimeProvider.System);
