namespace Cloud.Storage;

/// <summary>Keeps a folder to one owner: an operating system lock on a file in it, which also ends when the process is killed.</summary>
public sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, and makes the folder where there is none.</summary>
    /// <param name="directory">The folder.</param>
    /// <returns>The lock, to be disposed by its owner.</returns>
    /// <exception cref="StorageException">Somebody else has the lock, or the folder cannot be written.</exception>
    public static DirectoryLock Take(string directory)
    {
        string path = Path.Combine(directory, "LOCK");
        try
        {
            Directory.CreateDirectory(directory);
            return new DirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException or FileNotFoundException) && File.Exists(path))
        {
            throw new StorageException(
                StorageFault.Locked, path, "Only one process may use this folder, and one does.", "Stop the other process, or configure another folder.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StorageException.From(path, e);
        }
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose() => _file.Dispose();
}
