namespace Cloud.Storage;

/// <summary>A storage failure that names the file, the rule that was broken and what an operator can do.</summary>
public sealed class StorageException : IOException
{
    /// <summary>Describes a failure.</summary>
    /// <param name="fault">Its kind.</param>
    /// <param name="file">The file or folder.</param>
    /// <param name="rule">What was expected and what was found.</param>
    /// <param name="remedy">What to do, one sentence.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public StorageException(StorageFault fault, string file, string rule, string remedy, Exception? inner = null)
        : base($"{file}: {rule} {remedy}", inner)
    {
        Fault = fault;
        File = file;
        Rule = rule;
        Remedy = remedy;
    }

    /// <summary>Kind of the failure.</summary>
    public StorageFault Fault { get; }

    /// <summary>The file or folder that it is about.</summary>
    public string File { get; }

    /// <summary>What was expected and what was found.</summary>
    public string Rule { get; }

    /// <summary>What an operator can do.</summary>
    public string Remedy { get; }

    /// <summary>Makes the typed failure of an exception of the file system.</summary>
    /// <param name="file">The file or folder.</param>
    /// <param name="cause">What the framework threw.</param>
    /// <returns>The failure.</returns>
    public static StorageException From(string file, Exception cause)
    {
        if (cause is StorageException typed)
        {
            return typed;
        }

        if (cause is UnauthorizedAccessException)
        {
            return new StorageException(StorageFault.AccessDenied, file, $"Access is denied ({cause.Message}).", "Give the process's user read and write access.", cause);
        }

        return FromErrno(file, cause.HResult, cause.Message, cause);
    }

    /// <summary>Makes the typed failure of an error number of the operating system.</summary>
    /// <param name="file">The file or folder.</param>
    /// <param name="errno">The number (Linux), or an HRESULT of the framework.</param>
    /// <param name="text">The system's text.</param>
    /// <param name="cause">What the framework threw, where it did.</param>
    /// <returns>The failure.</returns>
    internal static StorageException FromErrno(string file, int errno, string text, Exception? cause = null)
    {
        const int PermissionDenied = 13;
        const int NotPermitted = 1;
        const int FileTooLarge = 27;
        const int NoSpace = 28;
        const int ReadOnlyFileSystem = 30;
        const int Quota = 122;
        const int DiskFullHResult = unchecked((int)0x80070070);
        return errno switch
        {
            FileTooLarge or NoSpace or Quota or DiskFullHResult => new StorageException(
                StorageFault.DiskFull, file, $"No room to write ({text}).", "Free disk space, or raise the quota or the file size limit; nothing was half-written.", cause),
            PermissionDenied or NotPermitted or ReadOnlyFileSystem => new StorageException(
                StorageFault.AccessDenied, file, $"Access is denied ({text}).", "Give the process's user read and write access.", cause),
            _ => new StorageException(StorageFault.InputOutput, file, $"The operating system reports: {text}.", "Check the disk and the system log.", cause),
        };
    }
}
