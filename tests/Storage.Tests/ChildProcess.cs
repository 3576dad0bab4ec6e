using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Cloud.Storage.Tests;

/// <summary>This program again, as a process that a test may kill. What it does is chosen by an environment variable before any test framework starts.</summary>
internal static class ChildProcess
{
    private const string RoleVariable = "STORAGE_TESTS_CHILD";
    private const string FolderVariable = "STORAGE_TESTS_FOLDER";

    private static readonly Dictionary<string, Action<string>> Roles = new(StringComparer.Ordinal)
    {
        ["lmdb"] = CrashTests.WriteLmdbForever,
        ["journal"] = CrashTests.WriteJournalForever,
        ["open"] = CrashTests.OpenBoth,
    };

    [ModuleInitializer]
    internal static void RunWhereAsked()
    {
        if (Environment.GetEnvironmentVariable(RoleVariable) is { } role)
        {
            Roles[role](Environment.GetEnvironmentVariable(FolderVariable)!);
            Environment.Exit(0);
        }
    }

    public static Process Start(string role, string folder) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ProgramArguments())
    {
        RedirectStandardOutput = true,
        Environment = { [RoleVariable] = role, [FolderVariable] = folder },
    })!;

    // Started as "dotnet program.dll" or by its own executable.
    private static string[] ProgramArguments() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [typeof(ChildProcess).Assembly.Location] : [];
}
