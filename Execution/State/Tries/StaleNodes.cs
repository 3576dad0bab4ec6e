using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>Records on disk that a layer makes useless: to be deleted when it is flattened. Safe for use by several threads while it is filled.</summary>
internal sealed class StaleNodes
{
    private readonly Lock _gate = new();

    /// <summary>Places where no branch hangs any more, each with the hashed address whose storage it is of.</summary>
    public List<(Hash256? Owner, NibblePath Path)> Branches { get; } = [];

    /// <summary>Hashed addresses whose storage was cleared as a whole.</summary>
    public List<Hash256> Storages { get; } = [];

    public void AddBranch(Hash256? owner, in NibblePath path)
    {
        lock (_gate)
        {
            Branches.Add((owner, path));
        }
    }

    public void AddStorage(in Hash256 owner)
    {
        lock (_gate)
        {
            Storages.Add(owner);
        }
    }
}
