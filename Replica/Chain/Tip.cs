namespace Cloud.Replica.Chain;

/// <summary>The views of the chain, each at most as high as the one before it.</summary>
public enum Tip
{
    /// <summary>Sealed by its proposer and re-executed here.</summary>
    Proposed,

    /// <summary>It and all before it have a chunk certificate.</summary>
    Attested,

    /// <summary>In a checkpoint on L1.</summary>
    Checkpointed,

    /// <summary>Covered by a proof on L1.</summary>
    Proven,

    /// <summary>Its proof is in a final L1 block.</summary>
    Finalized,
}
