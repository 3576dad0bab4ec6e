namespace Cloud.Protocol.Transactions;

/// <summary>The first byte of a typed transaction or receipt (EIP-2718).</summary>
public enum TransactionType : byte
{
    /// <summary>Before EIP-2718; protected by EIP-155 or not at all.</summary>
    Legacy = 0,

    /// <summary>EIP-2930.</summary>
    AccessList = 1,

    /// <summary>EIP-1559.</summary>
    DynamicFee = 2,

    /// <summary>EIP-4844. Refused: blobs belong to L1.</summary>
    Blob = 3,

    /// <summary>EIP-7702.</summary>
    SetCode = 4,

    /// <summary>A deposit from L1 (OP Stack specification, "Deposits"). It has no signature, and mints.</summary>
    Deposit = 0x7e,
}
