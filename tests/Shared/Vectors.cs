using System.Diagnostics;
using System.Text.Json;

namespace Cloud.Tests;

/// <summary>Finds the published test vectors and unpacks them, once a process, into the temp folder.</summary>
internal static class Vectors
{
    private static readonly Lock Gate = new();

    /// <summary>The folder that the archive unpacks to. Skips the calling test where the archive is absent.</summary>
    /// <param name="archive">Name without extension: basics or state-tests.</param>
    public static string Folder(string archive)
    {
        string? source = Source();
        string file = Path.Combine(source ?? "", archive + ".tar.xz");
        if (source is null || !File.Exists(file))
        {
            Assert.Skip($"The test vectors {archive}.tar.xz are absent: set VECTORS_DIR to the folder that holds them.");
        }

        FileInfo info = new(file);
        string target = Path.Combine(Path.GetTempPath(), $"preconf-vectors-{archive}-{info.Length:x}-{info.LastWriteTimeUtc.Ticks:x}");
        lock (Gate)
        {
            if (!Directory.Exists(target))
            {
                Unpack(file, target);
            }
        }

        return target;
    }

    /// <summary>All JSON files under a folder of an archive, in a stable order.</summary>
    public static string[] Files(string archive, string folder)
    {
        string[] files = Directory.GetFiles(Path.Combine(Folder(archive), folder), "*.json", SearchOption.AllDirectories);
        Array.Sort(files, StringComparer.Ordinal);
        Assert.NotEmpty(files);
        return files;
    }

    /// <summary>Parses a JSON file.</summary>
    public static JsonElement Json(string file) => JsonDocument.Parse(File.ReadAllBytes(file)).RootElement;

    private static string? Source()
    {
        string? named = Environment.GetEnvironmentVariable("VECTORS_DIR");
        if (!string.IsNullOrEmpty(named))
        {
            return named;
        }

        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cloud.sln")))
        {
            folder = folder.Parent;
        }

        string? found = folder is null ? null : Path.Combine(folder.FullName, "..", "shared", "vectors");
        return Directory.Exists(found) ? found : null;
    }

    private static void Unpack(string file, string target)
    {
        // Another test process may do the same: each unpacks beside the target, and the first to rename wins.
        string own = $"{target}.{Environment.ProcessId}";
        Directory.CreateDirectory(own);
        using Process tar = Process.Start(new ProcessStartInfo("tar", ["xf", file, "-C", own]))!;
        tar.WaitForExit();
        Assert.Equal(0, tar.ExitCode);
        try
        {
            Directory.Move(own, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            Directory.Delete(own, recursive: true);
        }
    }
}
