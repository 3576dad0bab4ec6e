using System.Diagnostics;
using System.Text.Json;

namespace Cloud.Protocol.Tests;

/// <summary>
/// Published test vectors. They are looked for in the folder that VECTORS_DIR names, else in ../shared/vectors next to the repository: plain files and
/// archives (.tar.xz, .tar.gz, .tar), which are unpacked into the temp folder once for each content. A test without its vectors is skipped.
/// </summary>
internal static class Vectors
{
    private static readonly Lazy<IReadOnlyList<string>> Roots = new(FindRoots);

    private static readonly Lazy<ILookup<string, string>> FilesByFolder = new(() => Roots.Value
        .SelectMany(root => Directory.EnumerateFiles(root, "*.json", SearchOption.AllDirectories))
        .Order(StringComparer.Ordinal)
        .ToLookup(path => Path.GetFileName(Path.GetDirectoryName(path))!, StringComparer.Ordinal));

    /// <summary>All JSON files in folders of one name, such as "BasicTests" or "precompiles". Skips the calling test where there are none.</summary>
    /// <param name="folder">Name of the folder that holds the files, at any depth.</param>
    /// <param name="accept">Which file names, without folder, to take; all where null.</param>
    /// <returns>Full paths in a stable order; at least one.</returns>
    public static IReadOnlyList<string> Files(string folder, Func<string, bool>? accept = null)
    {
        if (Roots.Value.Count == 0)
        {
            Assert.Skip("No test vectors: set VECTORS_DIR to their folder.");
        }

        string[] files = [.. FilesByFolder.Value[folder].Where(path => accept is null || accept(Path.GetFileName(path)))];
        if (files.Length == 0)
        {
            Assert.Skip($"The test vectors have no such file in a folder {folder}.");
        }

        return files;
    }

    /// <summary>All JSON files below a folder of one name, at any depth, such as "TransactionTests". Skips the calling test where there are none.</summary>
    /// <param name="folder">Name of a folder on the path.</param>
    /// <returns>Full paths in a stable order; at least one.</returns>
    public static IReadOnlyList<string> FilesBelow(string folder)
    {
        if (Roots.Value.Count == 0)
        {
            Assert.Skip("No test vectors: set VECTORS_DIR to their folder.");
        }

        string[] files =
        [
            .. FilesByFolder.Value.SelectMany(group => group)
                .Where(path => Path.GetDirectoryName(path)!.Split(Path.DirectorySeparatorChar).Contains(folder, StringComparer.Ordinal)),
        ];
        if (files.Length == 0)
        {
            Assert.Skip($"The test vectors have no file below a folder {folder}.");
        }

        return files;
    }

    /// <summary>Reads one file.</summary>
    /// <param name="path">What <see cref="Files"/> returned.</param>
    /// <returns>Its root element, detached from the document.</returns>
    public static JsonElement Json(string path)
    {
        using FileStream stream = File.OpenRead(path);
        using JsonDocument document = JsonDocument.Parse(stream, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        return document.RootElement.Clone();
    }

    private static List<string> FindRoots()
    {
        List<string> roots = [];
        string? folder = Folder();
        if (folder is not null)
        {
            roots.Add(folder);
            foreach (string archive in Directory.EnumerateFiles(folder).Where(IsArchive).Order(StringComparer.Ordinal))
            {
                roots.Add(Unpack(archive));
            }
        }

        return roots;
    }

    private static string? Folder()
    {
        if (Environment.GetEnvironmentVariable("VECTORS_DIR") is { Length: > 0 } named)
        {
            return Directory.Exists(named) ? Path.GetFullPath(named) : throw new DirectoryNotFoundException($"VECTORS_DIR names no folder: {named}");
        }

        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Cloud.sln")))
            {
                string beside = Path.Combine(at.FullName, "..", "shared", "vectors");
                return Directory.Exists(beside) ? Path.GetFullPath(beside) : null;
            }
        }

        return null;
    }

    private static bool IsArchive(string path) =>
        path.EndsWith(".tar.xz", StringComparison.Ordinal) || path.EndsWith(".tar.gz", StringComparison.Ordinal) || path.EndsWith(".tar", StringComparison.Ordinal);

    // Several test programs may get here at once: each unpacks for itself, and the first to rename wins.
    private static string Unpack(string archive)
    {
        FileInfo file = new(archive);
        string target = Path.Combine(Path.GetTempPath(), "preconf-vectors", $"{file.Name}-{file.Length}-{file.LastWriteTimeUtc.Ticks}");
        if (Directory.Exists(target))
        {
            return target;
        }

        string scratch = $"{target}.{Guid.NewGuid():N}";
        Directory.CreateDirectory(scratch);
        try
        {
            using Process tar = Process.Start(new ProcessStartInfo("tar", ["xf", archive, "-C", scratch]) { RedirectStandardError = true })!;
            string errors = tar.StandardError.ReadToEnd();
            tar.WaitForExit();
            if (tar.ExitCode != 0)
            {
                throw new IOException($"tar could not unpack {archive}: {errors}");
            }

            try
            {
                Directory.Move(scratch, target);
            }
            catch (IOException) when (Directory.Exists(target))
            {
                // Somebody else was first, with the same content.
            }

            return target;
        }
        finally
        {
            if (Directory.Exists(scratch))
            {
                Directory.Delete(scratch, recursive: true);
            }
        }
    }
}
