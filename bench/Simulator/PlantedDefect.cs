namespace Cloud.Simulator;

/// <summary>A defect that is planted to see that the invariants find it.</summary>
public enum PlantedDefect
{
    /// <summary>None.</summary>
    None,

    /// <summary>The signing ledger's storage says that a record is durable before it is, and takes any writer: signatures leave before they are recorded.</summary>
    SignBeforeStoring,

    /// <summary>Everybody counts one signer too few as a quorum.</summary>
    QuorumOneShort,

    /// <summary>What a reorganisation takes out of the chain does not come back into the pool.</summary>
    ReorgLosesTransactions,
}
