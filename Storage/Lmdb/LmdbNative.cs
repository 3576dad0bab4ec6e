using System.Runtime.InteropServices;
using Cloud.Protocol.Crypto;

namespace Cloud.Storage.Lmdb;

/// <summary>liblmdb's functions (lmdb.h of version 0.9).</summary>
internal static unsafe partial class LmdbNative
{
    public const int Success = 0;
    public const int KeyExists = -30799;
    public const int NotFound = -30798;
    public const int PageNotFound = -30797;
    public const int Corrupted = -30796;
    public const int Panic = -30795;
    public const int VersionMismatch = -30794;
    public const int Invalid = -30793;
    public const int MapFull = -30792;
    public const int DatabasesFull = -30791;
    public const int ReadersFull = -30790;
    public const int MapResized = -30785;
    public const int BadValueSize = -30781;

    public const uint EnvironmentNoSync = 0x10000;
    public const uint EnvironmentNoMetaSync = 0x40000;
    public const uint EnvironmentNoTls = 0x200000;
    public const uint EnvironmentNoReadAhead = 0x800000;
    public const uint TransactionReadOnly = 0x20000;
    public const uint DatabaseCreate = 0x40000;
    public const uint PutNoOverwrite = 0x10;
    public const uint PutReserve = 0x10000;
    public const uint PutAppend = 0x20000;

    public const int CursorFirst = 0;
    public const int CursorLast = 6;
    public const int CursorNext = 8;
    public const int CursorPrevious = 12;
    public const int CursorSet = 16;
    public const int CursorSetRange = 17;

    private const string Library = "lmdb";

    static LmdbNative() => NativeLibrary.SetDllImportResolver(typeof(LmdbNative).Assembly, static (name, _, _) => name == Library ? LibraryFile.Load() : 0);

    /// <summary>Where the library is looked for.</summary>
    public static NativeLibraryFile LibraryFile { get; } = new(
        "liblmdb.so.0",
        ["liblmdb.so.0", "liblmdb.so"],
        FromSystem: true,
        ["mdb_env_open", "mdb_txn_renew", "mdb_env_set_mapsize"],
        "Install Debian's package liblmdb0 (apt-get install liblmdb0), or start the product with ./run.sh, which does.");

    [StructLayout(LayoutKind.Sequential)]
    public struct Value
    {
        public nuint Size;
        public byte* Data;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Statistics
    {
        public uint PageSize;
        public uint Depth;
        public nuint BranchPages;
        public nuint LeafPages;
        public nuint OverflowPages;
        public nuint Entries;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct EnvironmentInfo
    {
        public void* MapAddress;
        public nuint MapSize;
        public nuint LastPage;
        public nuint LastTransaction;
        public uint MaxReaders;
        public uint Readers;
    }

    [LibraryImport(Library, EntryPoint = "mdb_strerror")]
    public static partial byte* ErrorText(int code);

    [LibraryImport(Library, EntryPoint = "mdb_env_create")]
    public static partial int EnvironmentCreate(out nint environment);

    [LibraryImport(Library, EntryPoint = "mdb_env_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int EnvironmentOpen(nint environment, string path, uint flags, uint mode);

    [LibraryImport(Library, EntryPoint = "mdb_env_close")]
    public static partial void EnvironmentClose(nint environment);

    [LibraryImport(Library, EntryPoint = "mdb_env_set_mapsize")]
    public static partial int EnvironmentSetMapSize(nint environment, nuint size);

    [LibraryImport(Library, EntryPoint = "mdb_env_set_maxreaders")]
    public static partial int EnvironmentSetMaxReaders(nint environment, uint readers);

    [LibraryImport(Library, EntryPoint = "mdb_env_set_maxdbs")]
    public static partial int EnvironmentSetMaxDatabases(nint environment, uint databases);

    [LibraryImport(Library, EntryPoint = "mdb_env_sync")]
    public static partial int EnvironmentSync(nint environment, int force);

    [LibraryImport(Library, EntryPoint = "mdb_env_stat")]
    public static partial int EnvironmentStatistics(nint environment, out Statistics statistics);

    [LibraryImport(Library, EntryPoint = "mdb_env_info")]
    public static partial int EnvironmentInformation(nint environment, out EnvironmentInfo information);

    [LibraryImport(Library, EntryPoint = "mdb_txn_begin")]
    public static partial int TransactionBegin(nint environment, nint parent, uint flags, out nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_txn_commit")]
    public static partial int TransactionCommit(nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_txn_abort")]
    public static partial void TransactionAbort(nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_txn_reset")]
    [SuppressGCTransition]
    public static partial void TransactionReset(nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_txn_renew")]
    public static partial int TransactionRenew(nint transaction);

    [LibraryImport(Library, EntryPoint = "mdb_dbi_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int DatabaseOpen(nint transaction, string? name, uint flags, out uint database);

    [LibraryImport(Library, EntryPoint = "mdb_drop")]
    public static partial int DatabaseDrop(nint transaction, uint database, int delete);

    [LibraryImport(Library, EntryPoint = "mdb_stat")]
    public static partial int DatabaseStatistics(nint transaction, uint database, out Statistics statistics);

    [LibraryImport(Library, EntryPoint = "mdb_get")]
    public static partial int Get(nint transaction, uint database, Value* key, Value* data);

    [LibraryImport(Library, EntryPoint = "mdb_put")]
    public static partial int Put(nint transaction, uint database, Value* key, Value* data, uint flags);

    [LibraryImport(Library, EntryPoint = "mdb_del")]
    public static partial int Delete(nint transaction, uint database, Value* key, Value* data);

    [LibraryImport(Library, EntryPoint = "mdb_cursor_open")]
    public static partial int CursorOpen(nint transaction, uint database, out nint cursor);

    [LibraryImport(Library, EntryPoint = "mdb_cursor_close")]
    public static partial void CursorClose(nint cursor);

    [LibraryImport(Library, EntryPoint = "mdb_cursor_get")]
    public static partial int CursorGet(nint cursor, Value* key, Value* data, int operation);
}
