using Cloud.Protocol.Primitives;
using Cloud.Storage;

namespace Cloud.Settlement.BlobStores;

/// <summary>A store in a folder, one file for each name. A file is complete or not there, also after a crash. Safe for several threads and processes.</summary>
public sealed class FileBlobStore : IBlobStore
{
    private readonly string _folder;

    /// <summary>Takes a folder, and makes it where there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="StorageException">It cannot be made.</exception>
    public FileBlobStore(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _folder = folder;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StorageException.From(folder, exception);
        }
    }

    /// <inheritdoc/>
    public async Task PutAsync(Hash256 name, Bytes content, CancellationToken cancellationToken = default)
    {
        string file = PathOf(name);
        if (File.Exists(file))
        {
            return;
        }

        string temporary = $"{file}.{Guid.NewGuid():N}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            await using (stream.ConfigureAwait(false))
            {
                await stream.WriteAsync(content.Memory, cancellationToken).ConfigureAwait(false);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StorageException.From(file, exception);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <inheritdoc/>
    public async Task<Bytes?> GetAsync(Hash256 name, int maxLength, CancellationToken cancellationToken = default)
    {
        string file = PathOf(name);
        try
        {
            FileInfo info = new(file);
            return !info.Exists || info.Length > maxLength ? (Bytes?)null : new Bytes(await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StorageException.From(file, exception);
        }
    }

    private string PathOf(in Hash256 name)
    {
        string text = name.ToString()[2..];

        // Versioned hashes all begin with the same byte.
        return Path.Combine(_folder, text[2..4], text);
    }
}
