namespace Cloud.Protocol.Messages;

/// <summary>Why re-executing a chunk shows that it is invalid.</summary>
public enum ReexecutionFault : byte
{
    /// <summary>Re-execution gave another block hash.</summary>
    BlockMismatch = 1,

    /// <summary>A transaction cannot be in a block: bad nonce, too little balance, not decodable.</summary>
    InvalidTransaction = 2,

    /// <summary>The chunk exceeds a limit of the rollup: gas, transactions, data, chunks per slot.</summary>
    LimitExceeded = 3,

    /// <summary>A header field that is not a matter of execution is wrong: number, timestamp, base fee and the like.</summary>
    InvalidHeader = 4,
}
