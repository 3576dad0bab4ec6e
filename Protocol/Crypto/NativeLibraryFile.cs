using System.Reflection;
using System.Runtime.InteropServices;

namespace Cloud.Protocol.Crypto;

/// <summary>A native library that the product needs: where it is looked for, what it must export, and what to do when it is missing.</summary>
/// <param name="FileName">The name to report, such as libsecp256k1.so.1.</param>
/// <param name="Names">File names to try, best first.</param>
/// <param name="FromSystem">Whether the system's library path is searched too, after the product's own folders.</param>
/// <param name="RequiredExports">Functions that tell a version that fits.</param>
/// <param name="Remedy">What an operator can do when it is missing, one sentence.</param>
public sealed record NativeLibraryFile(
    string FileName, IReadOnlyList<string> Names, bool FromSystem, IReadOnlyList<string> RequiredExports, string Remedy)
{
    /// <summary>Environment variable that names a folder to look in before all others.</summary>
    public const string FolderVariable = "PRECONF_NATIVE_DIR";

    /// <summary>Loads the library: from the folder that <see cref="FolderVariable"/> names, else next to the program, else from the system.</summary>
    /// <returns>The library's handle.</returns>
    /// <exception cref="NativeLibraryMissingException">No place has a library that loads and exports what is required.</exception>
    public nint Load() => Load(Folders());

    /// <summary>Loads the library from the given folders, then from the system where that is allowed.</summary>
    /// <param name="folders">Folders to look in, in order.</param>
    /// <returns>The library's handle.</returns>
    /// <exception cref="NativeLibraryMissingException">No place has a library that loads and exports what is required.</exception>
    public nint Load(IEnumerable<string> folders)
    {
        List<string> searched = [];
        foreach (string folder in folders)
        {
            foreach (string name in Names)
            {
                string path = Path.Combine(folder, name);
                if (!File.Exists(path))
                {
                    searched.Add($"{path} (no such file)");
                }
                else if (TryLoad(path, searched, out nint handle))
                {
                    return handle;
                }
            }
        }

        if (FromSystem)
        {
            foreach (string name in Names)
            {
                if (TryLoad(name, searched, out nint handle))
                {
                    return handle;
                }
            }
        }

        throw new NativeLibraryMissingException(FileName, searched, Remedy);
    }

    /// <summary>Finds the file without loading it, for data files that belong to a library.</summary>
    /// <param name="folders">Folders to look in, in order.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="NativeLibraryMissingException">No folder has it.</exception>
    public string Find(IEnumerable<string> folders)
    {
        List<string> searched = [];
        foreach (string path in folders.SelectMany(folder => Names.Select(name => Path.Combine(folder, name))))
        {
            if (File.Exists(path))
            {
                return path;
            }

            searched.Add($"{path} (no such file)");
        }

        throw new NativeLibraryMissingException(FileName, searched, Remedy);
    }

    /// <summary>Where the product's own files are looked for, in order: <see cref="FolderVariable"/> where set, then the program's folder.</summary>
    /// <returns>Folders that may not exist.</returns>
    public static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder)
        {
            yield return folder;
        }

        yield return AppContext.BaseDirectory;
    }

    private bool TryLoad(string path, List<string> searched, out nint handle)
    {
        try
        {
            handle = NativeLibrary.Load(path, Assembly.GetExecutingAssembly(), DllImportSearchPath.SafeDirectories);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            searched.Add($"{path} (does not load: {FirstLine(e.Message)})");
            handle = 0;
            return false;
        }

        foreach (string export in RequiredExports)
        {
            if (!NativeLibrary.TryGetExport(handle, export, out _))
            {
                searched.Add($"{path} (wrong version: it has no function {export})");
                NativeLibrary.Free(handle);
                handle = 0;
                return false;
            }
        }

        return true;
    }

    private static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();
}
