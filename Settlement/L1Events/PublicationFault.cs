namespace Cloud.Settlement.L1Events;

/// <summary>Why the rollup contract refuses a checkpoint.</summary>
public enum PublicationFault
{
    /// <summary>Its slot has not started.</summary>
    SlotNotOpen,

    /// <summary>The slots in which it could be posted are over.</summary>
    SlotClosed,

    /// <summary>The contract has a checkpoint of its slot or a later one.</summary>
    SlotNotAfterTip,

    /// <summary>Its parent is not the contract's last checkpoint.</summary>
    ParentMismatch,

    /// <summary>The contract cannot remove the checkpoint that was to be invalidated.</summary>
    NothingToInvalidate,

    /// <summary>The proposer's key did not sign header and blobs for L1: it has signed others for the slot, or cannot be reached.</summary>
    NotSigned,

    /// <summary>There is nothing to post: no quorum's certificate, chunks without bodies, or more data than a transaction's blobs hold.</summary>
    Incomplete,

    /// <summary>Another rule of the contract; the L1 client's log has the words.</summary>
    Reverted,
}
