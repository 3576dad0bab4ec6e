using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Cloud.Embedded.Hosting;
using Cloud.Embedded.Runtime;
using Cloud.Storage.Lmdb;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace Cloud.Embedded.Storage;

/// <summary>Grain storage in an LMDB file: a write is on disk when it returns, and a version is never used twice.</summary>
internal sealed class LmdbGrainStorage : IGrainStorage, IDisposable
{
    private const byte Format = 1;
    private const int HeaderLength = 1 + EtagLength;
    private const int EtagLength = 16;

    // Keys that are too long are replaced by a digest. Other keys begin with the length of the state's name, which is never that great.
    private const byte DigestPrefix = 0xff;
    private readonly LmdbStore _store;
    private readonly LmdbDatabase _database;
    private readonly TurnRunner _runner;
    private readonly GrainStateSerializer _serializer;
    private bool _disposed;

    public LmdbGrainStorage(string name, LmdbGrainStorageOptions options, TurnRunner runner, GrainStateSerializer serializer)
    {
        _runner = runner;
        _serializer = serializer;
        _store = LmdbStore.Acquire(options);
        try
        {
            _database = _store.OpenDatabase($"grains:{name}");
        }
        catch
        {
            _store.Release();
            throw;
        }
    }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        byte[]? record = _store.Read(_database, KeyOf(stateName, grainId));
        if (record is null)
        {
            grainState.ETag = null;
            grainState.RecordExists = false;
            grainState.State = PersistentState<T>.CreateInstance();
            return Task.CompletedTask;
        }

        grainState.State = _serializer.Deserialize<T>(record.AsMemory(HeaderLength));
        grainState.ETag = EtagOf(record, stateName, grainId);
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        byte[] body = _serializer.Serialize(grainState.State);
        byte[] record = new byte[HeaderLength + body.Length];
        Guid etag = _runner.NewGuid();
        record[0] = Format;
        etag.TryWriteBytes(record.AsSpan(1));
        body.CopyTo(record, HeaderLength);
        await ReplaceAsync(stateName, grainId, grainState.ETag, record);
        grainState.ETag = etag.ToString("N");
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await ReplaceAsync(stateName, grainId, grainState.ETag, null);
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _store.Release();
        }
    }

    private static byte[] KeyOf(string stateName, GrainId grainId)
    {
        int stateLength = Encoding.UTF8.GetByteCount(stateName);
        ReadOnlySpan<byte> type = grainId.Type.AsSpan();
        ReadOnlySpan<byte> key = grainId.Key.AsSpan();

        // The lengths in front make the parts unambiguous whatever they hold.
        byte[] bytes = new byte[4 + stateLength + type.Length + key.Length];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, checked((ushort)Math.Min(stateLength, 0xfe00)));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), checked((ushort)type.Length));
        Encoding.UTF8.GetBytes(stateName, bytes.AsSpan(4));
        type.CopyTo(bytes.AsSpan(4 + stateLength));
        key.CopyTo(bytes.AsSpan(4 + stateLength + type.Length));
        return bytes.Length <= LmdbDatabase.MaxKeyLength ? bytes : [DigestPrefix, .. SHA256.HashData(bytes)];
    }

    private static string EtagOf(ReadOnlySpan<byte> record, string stateName, GrainId grainId) =>
        record.Length >= HeaderLength && record[0] == Format
            ? new Guid(record.Slice(1, EtagLength)).ToString("N")
            : throw new SerializerException($"The stored record of state '{stateName}' of {grainId} has an unknown format. It was written by another version; restore the folder or start it with that version.");

    private async Task ReplaceAsync(string stateName, GrainId grainId, string? expected, byte[]? record)
    {
        byte[] key = KeyOf(stateName, grainId);
        string? conflict = null;
        bool isConflict = false;
        await _store.WriteAsync(transaction =>
        {
            bool exists = transaction.TryGet(_database, key, out ReadOnlySpan<byte> stored);
            conflict = exists ? EtagOf(stored, stateName, grainId) : null;
            isConflict = conflict != expected;
            if (isConflict)
            {
                return;
            }

            if (record is not null)
            {
                transaction.Put(_database, key, record);
            }
            else if (exists)
            {
                transaction.Delete(_database, key);
            }
        });
        if (isConflict)
        {
            throw new InconsistentStateException($"e-Tag mismatch in storage for state '{stateName}' of {grainId}", conflict, expected);
        }
    }
}
