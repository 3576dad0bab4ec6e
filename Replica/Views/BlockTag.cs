namespace Cloud.Replica.Views;

/// <summary>A block by its place in the views of the chain.</summary>
public enum BlockTag
{
    /// <summary>The newest flashblock's block; the newest executed one where there is none.</summary>
    Pending,

    /// <summary>The newest executed chunk.</summary>
    Latest,

    /// <summary>The newest chunk on L1.</summary>
    Safe,

    /// <summary>The newest final chunk.</summary>
    Finalized,

    /// <summary>The oldest block that is kept.</summary>
    Earliest,
}
