using System.Collections.Concurrent;
using Cloud.Embedded.Runtime;

namespace Cloud.Embedded.Streams;

/// <summary>The stream queues of a cluster: a fixed number per provider, streams go to them by hash.</summary>
internal sealed class StreamHub(Cluster cluster)
{
    private const int QueuesPerProvider = 8;
    private readonly ConcurrentDictionary<string, StreamQueue[]> _queues = new();
    private readonly Lock _gate = new();

    public StreamQueue QueueOf(StreamKey key)
    {
        if (!_queues.TryGetValue(key.Provider, out StreamQueue[]? queues))
        {
            lock (_gate)
            {
                if (!_queues.TryGetValue(key.Provider, out queues))
                {
                    queues = new StreamQueue[QueuesPerProvider];
                    for (int i = 0; i < queues.Length; i++)
                    {
                        queues[i] = new StreamQueue(cluster);
                    }

                    _queues[key.Provider] = queues;
                }
            }
        }

        return queues[(uint)key.Stream.GetHashCode() % QueuesPerProvider];
    }

    /// <summary>A silo came or went: what waited for one goes on.</summary>
    public void OnMembershipChanged()
    {
        foreach (StreamQueue[] queues in _queues.Values)
        {
            foreach (StreamQueue queue in queues)
            {
                queue.OnMembershipChanged();
            }
        }
    }
}
