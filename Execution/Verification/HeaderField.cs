namespace Cloud.Execution.Verification;

/// <summary>A field of a block's header, in the order in which a verifier compares them.</summary>
public enum HeaderField
{
    /// <summary>Hash of the parent block.</summary>
    ParentHash,

    /// <summary>Height.</summary>
    Number,

    /// <summary>Unix time in seconds.</summary>
    Timestamp,

    /// <summary>Who gets the tips.</summary>
    FeeRecipient,

    /// <summary>Most gas that the block may use.</summary>
    GasLimit,

    /// <summary>Base fee.</summary>
    BaseFeePerGas,

    /// <summary>What PREVRANDAO returns.</summary>
    PrevRandao,

    /// <summary>Root of the parent beacon block.</summary>
    ParentBeaconBlockRoot,

    /// <summary>The proposer's bytes.</summary>
    ExtraData,

    /// <summary>Root of the withdrawals.</summary>
    WithdrawalsRoot,

    /// <summary>Gas that blobs use.</summary>
    BlobGasUsed,

    /// <summary>Excess of blob gas.</summary>
    ExcessBlobGas,

    /// <summary>Hash of the execution requests.</summary>
    RequestsHash,

    /// <summary>Root of the transactions. The last one that needs no execution.</summary>
    TransactionsRoot,

    /// <summary>Gas that the block uses. The first one that execution gives.</summary>
    GasUsed,

    /// <summary>Root of the receipts.</summary>
    ReceiptsRoot,

    /// <summary>Filter over the logs.</summary>
    LogsBloom,

    /// <summary>Root of the state.</summary>
    StateRoot,
}
