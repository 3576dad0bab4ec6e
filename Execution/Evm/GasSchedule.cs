namespace Cloud.Execution.Evm;

/// <summary>Gas prices of the EVM, and the sizes it bounds (yellow paper appendix G and the EIPs named with each value).</summary>
/// <remarks>Prices of opcodes without operands to look at stand in <see cref="OpcodeTable"/>, in terms of these.</remarks>
public static class GasSchedule
{
    /// <summary>Opcodes that read what is at hand.</summary>
    public const int Base = 2;

    /// <summary>Cheap arithmetic, comparisons, stack and memory access.</summary>
    public const int VeryLow = 3;

    /// <summary>Multiplication and division.</summary>
    public const int Low = 5;

    /// <summary>Modular sums and products, JUMP.</summary>
    public const int Mid = 8;

    /// <summary>JUMPI.</summary>
    public const int High = 10;

    /// <summary>JUMPDEST.</summary>
    public const int JumpDest = 1;

    /// <summary>BLOCKHASH.</summary>
    public const int BlockHash = 20;

    /// <summary>An account or slot that the transaction has met before (EIP-2929); transient storage (EIP-1153).</summary>
    public const int WarmAccess = 100;

    /// <summary>An account that the transaction meets for the first time (EIP-2929).</summary>
    public const int ColdAccountAccess = 2600;

    /// <summary>A slot that the transaction meets for the first time (EIP-2929).</summary>
    public const int ColdStorageAccess = 2100;

    /// <summary>Setting a slot from zero (EIP-2200).</summary>
    public const int StorageSet = 20_000;

    /// <summary>Changing a slot for the first time in a transaction, without the cold access (EIP-2929).</summary>
    public const int StorageReset = 5000 - ColdStorageAccess;

    /// <summary>Refund for clearing a slot (EIP-3529).</summary>
    public const int StorageClearRefund = 4800;

    /// <summary>SSTORE fails with this much gas or less left (EIP-2200).</summary>
    public const int StorageSentry = 2300;

    /// <summary>EXP, and per byte of the exponent (EIP-160).</summary>
    public const int Exp = 10, ExpByte = 50;

    /// <summary>KECCAK256, and per word of its input.</summary>
    public const int Keccak = 30, KeccakWord = 6;

    /// <summary>Copying, per word.</summary>
    public const int CopyWord = 3;

    /// <summary>LOG, per topic, and per byte of data.</summary>
    public const int Log = 375, LogTopic = 375, LogByte = 8;

    /// <summary>CREATE and CREATE2.</summary>
    public const int Create = 32_000;

    /// <summary>Storing created code, per byte.</summary>
    public const int CodeDepositByte = 200;

    /// <summary>Init code, per word (EIP-3860).</summary>
    public const int InitCodeWord = 2;

    /// <summary>A call that sends value, and the gas it gives to the callee.</summary>
    public const int CallValue = 9000, CallStipend = 2300;

    /// <summary>Sending value to an account that does not exist (EIP-161).</summary>
    public const int NewAccount = 25_000;

    /// <summary>What an authorization gives back where its account exists: 25,000 less 12,500 (EIP-7702).</summary>
    public const int AuthorizationRefund = 12_500;

    /// <summary>SELFDESTRUCT (EIP-150).</summary>
    public const int SelfDestruct = 5000;

    /// <summary>Memory, per word; a word squared is divided by <see cref="MemoryQuadraticDivisor"/>.</summary>
    public const int MemoryWord = 3, MemoryQuadraticDivisor = 512;

    /// <summary>At most this share of the gas is refunded: one in five (EIP-3529).</summary>
    public const int MaxRefundQuotient = 5;

    /// <summary>Longest code of an account, in bytes (EIP-170).</summary>
    public const int MaxCodeSize = 24_576;

    /// <summary>Longest init code, in bytes (EIP-3860).</summary>
    public const int MaxInitCodeSize = 2 * MaxCodeSize;

    /// <summary>How deep calls nest.</summary>
    public const int MaxCallDepth = 1024;

    /// <summary>How many words the stack holds.</summary>
    public const int MaxStackHeight = 1024;

    /// <summary>The price of a memory of so many words.</summary>
    /// <param name="words">Size in words of 32 bytes, at most 2^31.</param>
    /// <returns>Gas from an empty memory.</returns>
    internal static long Memory(long words) => (MemoryWord * words) + (words * words / MemoryQuadraticDivisor);

    /// <summary>The number of words that cover so many bytes.</summary>
    /// <param name="bytes">Length in bytes.</param>
    /// <returns>Length in words of 32 bytes, rounded up.</returns>
    internal static long Words(long bytes) => (bytes + 31) >> 5;
}
