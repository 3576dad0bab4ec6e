using System.Collections.Concurrent;
using Orleans.Runtime;

namespace Cloud.Embedded.Storage;

/// <summary>Records in the memory of a cluster: they outlive activations and silos, not the process.</summary>
internal sealed class MemoryStore
{
    private readonly ConcurrentDictionary<(string Provider, string State, GrainId Grain), Record> _records = new();

    public sealed record Record(byte[]? Data, string? Etag);

    public Record? Find(string provider, string state, GrainId grain) => _records.GetValueOrDefault((provider, state, grain));

    /// <summary>Replaces a record whose version is the expected one. A record that never was accepts any version, one that was deleted only none.</summary>
    /// <returns>Null on success; else the record that is there.</returns>
    public Record? TryReplace(string provider, string state, GrainId grain, string? expected, Record next)
    {
        while (true)
        {
            Record? current = Find(provider, state, grain);
            if (current is null)
            {
                if (_records.TryAdd((provider, state, grain), next))
                {
                    return null;
                }

                continue;
            }

            if (current.Etag != expected)
            {
                return current;
            }

            if (_records.TryUpdate((provider, state, grain), next, current))
            {
                return null;
            }
        }
    }
}
