namespace Cloud.Execution.Verification;

/// <summary>What a chunk has too much of.</summary>
public enum ChunkLimitKind
{
    /// <summary>Gas.</summary>
    Gas,

    /// <summary>Transactions, without deposits.</summary>
    Transactions,

    /// <summary>Bytes of encoded transactions, without deposits.</summary>
    Data,
}
