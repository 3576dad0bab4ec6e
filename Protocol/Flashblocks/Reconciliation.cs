namespace Cloud.Protocol.Flashblocks;

/// <summary>What a new canonical block means for the pending chunks (flashblocks 4.3 and 4.5).</summary>
public abstract record Reconciliation
{
    private Reconciliation()
    {
    }

    /// <summary>Nothing was pending.</summary>
    public sealed record NothingPending : Reconciliation;

    /// <summary>The canonical chain is as high as everything pending: drop all of it.</summary>
    /// <param name="Confirmed">Whether the pending block of that height is the canonical one.</param>
    public sealed record CatchUp(bool Confirmed) : Reconciliation;

    /// <summary>Another block became canonical: everything pending is lost, and whoever relied on it must be told.</summary>
    public sealed record Reorg : Reconciliation;

    /// <summary>More is pending above the canonical block than is kept.</summary>
    /// <param name="Depth">How much.</param>
    /// <param name="Limit">What is kept.</param>
    public sealed record TooDeep(int Depth, int Limit) : Reconciliation;

    /// <summary>The pending block is the canonical one: drop it from the pending ones, keep those above.</summary>
    /// <param name="Drop">How many of the lowest pending chunks to drop.</param>
    public sealed record Continue(int Drop) : Reconciliation;
}
