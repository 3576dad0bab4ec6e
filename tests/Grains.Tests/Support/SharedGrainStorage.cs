#if ORLEANS
using System.Collections.Concurrent;
using Orleans.Serialization;
using Orleans.Storage;

namespace Cloud.Grains.Tests.Support;

/// <summary>A storage that silos share and that outlives them, as a database does: the memory storage of Orleans lives in grains, and dies with their silo.</summary>
internal sealed class SharedGrainStorage(ConcurrentDictionary<(string State, GrainId Grain), SharedGrainStorage.Record> records, Serializer serializer) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Record? record = records.GetValueOrDefault((stateName, grainId));
        grainState.State = record is null ? Activator.CreateInstance<T>() : serializer.Deserialize<T>(record.Data);
        grainState.ETag = record?.Etag;
        grainState.RecordExists = record is not null;
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Record next = new(serializer.SerializeToArray(grainState.State), Guid.NewGuid().ToString("N"));
        string? expected = grainState.ETag;
        records.AddOrUpdate(
            (stateName, grainId),
            _ => expected is null ? next : throw Conflict(null, expected),
            (_, stored) => stored.Etag == expected ? next : throw Conflict(stored.Etag, expected));
        grainState.ETag = next.Etag;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (records.TryGetValue((stateName, grainId), out Record? stored)
            && (stored.Etag != grainState.ETag || !records.TryRemove(KeyValuePair.Create((stateName, grainId), stored))))
        {
            throw Conflict(stored.Etag, grainState.ETag);
        }

        grainState.ETag = null;
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }

    private static InconsistentStateException Conflict(string? stored, string? expected) => new("The record has changed.", stored, expected);

    internal sealed record Record(byte[] Data, string Etag);
}
#endif
