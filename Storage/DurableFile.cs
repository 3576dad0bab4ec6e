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
            using (FileStream stream = Draft(file, isPrivate))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            Finish(file);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw StorageException.From(file, exception);
        }
    }

    /// <summary>Writes a file whose content need not be in memory as a whole.</summary>
    /// <param name="file">The file. It stays as it is where the content's writer throws.</param>
    /// <param name="write">Writes the content. What it throws but for errors of files comes out as it is.</param>
    /// <exception cref="StorageException">It cannot be written.</exception>
    public static async Task WriteAsync(string file, Func<Stream, Task> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        try
        {
            FileStream stream = Draft(file, isPrivate: false);
            await using (stream.ConfigureAwait(false))
            {
                await write(stream).ConfigureAwait(false);
                stream.Flush(flushToDisk: true);
            }

            Finish(file);
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

    private static string DraftOf(string file) => file + ".new";

    private static FileStream Draft(string file, bool isPrivate)
    {
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (isPrivate && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(DraftOf(file), options);
    }

    private static void Finish(string file) => File.Move(DraftOf(file), file, overwrite: true);
}
