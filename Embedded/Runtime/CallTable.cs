namespace Cloud.Embedded.Runtime;

/// <summary>The calls of one silo or client that wait for a response: intrusive lists in shards, so that a call allocates nothing here.</summary>
internal sealed class CallTable
{
    private readonly Shard[] _shards = CreateShards();

    public void Add(GrainCall call)
    {
        Shard shard = _shards[Environment.CurrentManagedThreadId & (_shards.Length - 1)];
        shard.Add(call);
    }

    /// <summary>The calls that a predicate chooses, in the order in which they were sent within a shard.</summary>
    public List<GrainCall> Select(Func<GrainCall, bool> predicate)
    {
        List<GrainCall> selected = [];
        foreach (Shard shard in _shards)
        {
            shard.Select(predicate, selected);
        }

        return selected;
    }

    private static Shard[] CreateShards()
    {
        Shard[] shards = new Shard[8];
        for (int i = 0; i < shards.Length; i++)
        {
            shards[i] = new Shard();
        }

        return shards;
    }

    internal sealed class Shard
    {
        private readonly Lock _gate = new();
        private GrainCall? _oldest;
        private GrainCall? _newest;

        public void Add(GrainCall call)
        {
            lock (_gate)
            {
                call.Shard = this;
                call.Previous = _newest;
                if (_newest is null)
                {
                    _oldest = call;
                }
                else
                {
                    _newest.Next = call;
                }

                _newest = call;
            }
        }

        public void Remove(GrainCall call)
        {
            lock (_gate)
            {
                if (call.Shard is null)
                {
                    return;
                }

                call.Shard = null;
                if (call.Previous is null)
                {
                    _oldest = call.Next;
                }
                else
                {
                    call.Previous.Next = call.Next;
                }

                if (call.Next is null)
                {
                    _newest = call.Previous;
                }
                else
                {
                    call.Next.Previous = call.Previous;
                }

                call.Previous = null;
                call.Next = null;
            }
        }

        public void Select(Func<GrainCall, bool> predicate, List<GrainCall> selected)
        {
            lock (_gate)
            {
                for (GrainCall? call = _oldest; call is not null; call = call.Next)
                {
                    if (predicate(call))
                    {
                        selected.Add(call);
                    }
                }
            }
        }
    }
}
