namespace Cloud.Grains.Interfaces.Feed;

/// <summary>How much one call may carry.</summary>
public static class FeedLimits
{
    /// <summary>Most transactions of one pull.</summary>
    public const int MaxBodies = 512;

    /// <summary>Most bytes of transactions in one answer; at least one transaction is answered.</summary>
    public const int MaxBodyBytes = 4 * 1024 * 1024;

    /// <summary>Most flashblocks of one pull.</summary>
    public const int MaxFlashblocks = 32;

    /// <summary>Most attestations of one batch: the largest committee.</summary>
    public const int MaxAttestations = Protocol.Committees.Committee.MaxSize;

    /// <summary>Most silos that a slot announces to.</summary>
    public const int MaxSilos = 256;
}
