namespace Cloud.Grains.Publishing;

/// <summary>Whether the rollup's publisher is awake in this silo: then this process is the one that does what has to be done once on L1.</summary>
public sealed class PublisherPresence
{
    private volatile bool _isHere;

    /// <summary>Whether it is here. For a while it may be in two silos, or in none.</summary>
    public bool IsHere => _isHere;

    internal void Set(bool isHere) => _isHere = isHere;
}
