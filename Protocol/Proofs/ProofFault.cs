namespace Cloud.Protocol.Proofs;

/// <summary>Why a rung proves nothing.</summary>
public enum ProofFault
{
    /// <summary>It proves what it says.</summary>
    None,

    /// <summary>It is of another rollup.</summary>
    OtherRollup,

    /// <summary>The committee is not the one that is trusted, or of another epoch.</summary>
    OtherCommittee,

    /// <summary>There is no committee to check signatures against.</summary>
    NoCommittee,

    /// <summary>The signature is not that of the producer.</summary>
    WrongSignature,

    /// <summary>The producer was not the slot's proposer.</summary>
    NotTheProposer,

    /// <summary>The transaction is not in it.</summary>
    TransactionMissing,

    /// <summary>The receipt is not in the block, or is none.</summary>
    ReceiptNotProven,

    /// <summary>It is about another chunk or checkpoint than the rung below.</summary>
    OtherPlace,

    /// <summary>The certificate is not signed by a quorum of the committee.</summary>
    NoQuorum,

    /// <summary>The checkpoint's header does not commit to the chunk.</summary>
    NotCommitted,

    /// <summary>The rung below it is missing or proves nothing.</summary>
    NoFooting,
}
