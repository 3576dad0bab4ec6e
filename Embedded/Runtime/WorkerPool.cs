using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>The activations of one stateless worker on one silo.</summary>
internal sealed class WorkerPool(Silo silo, GrainId id, GrainClass grainClass)
{
    private readonly List<Activation> _workers = [];

    /// <summary>Gives the request to an idle worker, else to a new one, else to the one with the shortest queue.</summary>
    public void Receive(GrainCall call)
    {
        Activation? chosen = null;
        bool created = false;
        lock (_workers)
        {
            _workers.RemoveAll(static worker => worker.IsGone);
            foreach (Activation worker in _workers)
            {
                if (chosen is null || worker.Requests < chosen.Requests)
                {
                    chosen = worker;
                }
            }

            if ((chosen is null || chosen.Requests > 0) && _workers.Count < grainClass.MaxLocalWorkers)
            {
                chosen = new Activation(silo, id, grainClass);
                _workers.Add(chosen);
                created = true;
            }
        }

        if (created)
        {
            chosen!.Begin(call.Context);
        }

        chosen!.Receive(call);
    }
}
