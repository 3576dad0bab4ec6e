using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Cloud.Execution.Tests.State;

/// <summary>This program again, as a process that a test kills: an environment variable makes it flatten blocks before any test framework starts.</summary>
internal static class StateChildProcess
{
    private const string FolderVariable = "STATE_TESTS_FOLDER";

    [ModuleInitializer]
    internal static void RunWhereAsked()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { } folder)
        {
            WorldStateCrashTests.FlattenForever(folder);
            Environment.Exit(0);
        }
    }

    public static Process Start(string folder)
    {
        string[] arguments = Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [typeof(StateChildProcess).Assembly.Location] : [];
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true, Environment = { [FolderVariable] = folder } })!;
    }
}
