namespace Cloud.Replica.Views;

/// <summary>How far a view has come, so that a reader behind a balancer can ask never to go back.</summary>
/// <param name="Block">Height of the newest block, the pending one included.</param>
/// <param name="Flashblocks">How many of its flashblocks are there; the largest number for a sealed block.</param>
public readonly record struct ViewPosition(ulong Block, int Flashblocks) : IComparable<ViewPosition>
{
    /// <inheritdoc/>
    public int CompareTo(ViewPosition other) => (Block, Flashblocks).CompareTo((other.Block, other.Flashblocks));

    /// <summary>Whether the left one is behind.</summary>
    public static bool operator <(ViewPosition left, ViewPosition right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left one is ahead.</summary>
    public static bool operator >(ViewPosition left, ViewPosition right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left one is not ahead.</summary>
    public static bool operator <=(ViewPosition left, ViewPosition right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left one is not behind.</summary>
    public static bool operator >=(ViewPosition left, ViewPosition right) => left.CompareTo(right) >= 0;
}
