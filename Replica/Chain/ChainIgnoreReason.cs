namespace Cloud.Replica.Chain;

/// <summary>Why an input to <see cref="ChainTips"/> has no effect.</summary>
public enum ChainIgnoreReason
{
    /// <summary>It is here already.</summary>
    Duplicate,

    /// <summary>It is about a slot that is settled on L1 or was given up.</summary>
    SlotOver,

    /// <summary>A checkpoint proposal of the slot is here; another one is evidence, not input.</summary>
    ProposalKnown,

    /// <summary>It is not of the kind that moves a tip.</summary>
    OtherKind,

    /// <summary>Nothing is due.</summary>
    NothingDue,
}
