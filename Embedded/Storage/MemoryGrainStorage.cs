using Cloud.Embedded.Runtime;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Cloud.Embedded.Storage;

/// <summary>Grain storage in the memory of the cluster. States are stored encoded, so that nobody shares them.</summary>
internal sealed class MemoryGrainStorage(string name, Cluster cluster, GrainStateSerializer serializer) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        MemoryStore.Record? record = cluster.Memory.Find(name, stateName, grainId);
        grainState.ETag = record?.Etag;
        grainState.RecordExists = record?.Data is not null;
        grainState.State = record?.Data is { } data ? serializer.Deserialize<T>(data) : PersistentState<T>.CreateInstance();
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        MemoryStore.Record next = new(serializer.Serialize(grainState.State), cluster.Runner.NewGuid().ToString("N"));
        Replace(stateName, grainId, grainState.ETag, next);
        grainState.ETag = next.Etag;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Replace(stateName, grainId, grainState.ETag, new MemoryStore.Record(null, null));
        grainState.ETag = null;
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }

    private void Replace(string stateName, GrainId grainId, string? expected, MemoryStore.Record next)
    {
        if (cluster.Memory.TryReplace(name, stateName, grainId, expected, next) is { } other)
        {
            throw new InconsistentStateException($"e-Tag mismatch in memory storage '{name}' for state '{stateName}' of {grainId}", other.Etag, expected);
        }
    }
}
