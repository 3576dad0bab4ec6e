namespace Cloud.Replica.Chain;

/// <summary>The head of every view. Finalized &lt;= proven &lt;= checkpointed &lt;= attested &lt;= proposed, each an ancestor of the next.</summary>
/// <param name="Proposed">Newest block that was re-executed here.</param>
/// <param name="Attested">Newest block that may be submitted.</param>
/// <param name="Checkpointed">Newest block on L1.</param>
/// <param name="Proven">Newest proven block.</param>
/// <param name="Finalized">Newest final block.</param>
public readonly record struct TipSet(BlockId Proposed, BlockId Attested, BlockId Checkpointed, BlockId Proven, BlockId Finalized)
{
    /// <summary>The head of one view.</summary>
    /// <param name="tip">The view.</param>
    /// <returns>Its head.</returns>
    public BlockId this[Tip tip] => tip switch
    {
        Tip.Proposed => Proposed,
        Tip.Attested => Attested,
        Tip.Checkpointed => Checkpointed,
        Tip.Proven => Proven,
        Tip.Finalized => Finalized,
        _ => throw new ArgumentOutOfRangeException(nameof(tip), tip, null),
    };
}
