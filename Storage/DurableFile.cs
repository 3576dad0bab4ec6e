namespace Cloud.Storage;

/// <summary>Small files that are complete or not there, also after a crash.</summary>
public static class DurableFile
{
    /// <summary>Writes a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="content">What it holds then.</param>
    /// <param name="isPrivate">Whether only its owner may read it.</param>
    /// <exception cref="StorageException">It cannot be written.</exception>
    public static void Write(string file, ReadOnlySpan<byte> content, bool isPrivate = false)
    {
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
            if (isPrivate && !OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            string draft = file + ".new";
            using (FileStream stream = new(draft, options))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(draft, file, overwrite: true);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw StorageException.From(file, exception);
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="file">The file.</param>
    /// <returns>Its text.</returns>
    /// <exception cref="StorageException">It cannot be read.</exception>
    public static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw StorageException.From(file, exception);
        }
    }
}
