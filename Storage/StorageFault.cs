namespace Cloud.Storage;

/// <summary>Kinds of storage failure.</summary>
public enum StorageFault
{
    /// <summary>Another failure of the operating system.</summary>
    InputOutput,

    /// <summary>The native library is missing or does not fit.</summary>
    MissingLibrary,

    /// <summary>The file's content is not what was written.</summary>
    CorruptFile,

    /// <summary>The memory map is full and may not grow.</summary>
    MapFull,

    /// <summary>No room is left on the disk, or the quota or the file size limit is reached.</summary>
    DiskFull,

    /// <summary>Another process, or another part of this one, has it open.</summary>
    Locked,

    /// <summary>The file was written by another format or version.</summary>
    VersionMismatch,

    /// <summary>The process may not read or write the file.</summary>
    AccessDenied,

    /// <summary>More of something than the options allow: readers, databases, record size.</summary>
    LimitExceeded,
}
