using System.Collections.Concurrent;
using Orleans.Storage;

namespace Cloud.Runtime.Tests.Support;

/// <summary>
/// A storage that outlives silos, as a real one does, and that fails where a test asks: the stage of the grain's key decides.
/// </summary>
internal sealed class SharedStorage : IGrainStorage
{
    private static readonly ConcurrentDictionary<(string State, GrainId Grain), (int Value, string Etag)> Records = new();

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Fail(grainId, "read");
        if (Records.TryGetValue((stateName, grainId), out (int Value, string Etag) record))
        {
            grainState.State = (T)(object)new Account { Value = record.Value };
            grainState.ETag = record.Etag;
            grainState.RecordExists = true;
        }
        else
        {
            grainState.ETag = null;
            grainState.RecordExists = false;
        }

        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Fail(grainId, "write");
        Check(stateName, grainId, grainState.ETag);
        string etag = Guid.NewGuid().ToString("N");
        Records[(stateName, grainId)] = (((Account)(object)grainState.State!).Value, etag);
        grainState.ETag = etag;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Fail(grainId, "clear");
        Check(stateName, grainId, grainState.ETag);
        Records.TryRemove((stateName, grainId), out _);
        grainState.ETag = null;
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }

    private static void Check(string stateName, GrainId grainId, string? etag)
    {
        string? stored = Records.TryGetValue((stateName, grainId), out (int Value, string Etag) record) ? record.Etag : null;
        if (stored != etag)
        {
            throw new InconsistentStateException("The record has changed.", stored, etag, null);
        }
    }

    private static void Fail(GrainId grainId, string operation)
    {
        Stage stage = Stage.At(grainId.Key.ToString()!);
        if (stage.Passed($"{operation} fails") && stage.Next() == 1)
        {
            throw new IOException($"The {operation} fails.");
        }
    }
}
