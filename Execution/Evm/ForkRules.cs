using Cloud.Protocol;

namespace Cloud.Execution.Evm;

/// <summary>What a fork switches on. One instance per fork; code asks for a rule, never for a fork.</summary>
public sealed class ForkRules
{
    private ForkRules(Fork fork)
    {
        Fork = fork;
        bool prague = fork >= Fork.Prague;
        bool osaka = fork >= Fork.Osaka;
        HasBlsPrecompiles = prague;
        HasDelegation = prague;
        HasCalldataFloor = prague;
        HasBlockHashHistory = prague;
        HasCountLeadingZeros = osaka;
        HasP256Precompile = osaka;
        HasModExpBounds = osaka;
        HasTransactionGasCap = osaka;
        Opcodes = new OpcodeTable(this);
    }

    /// <summary>The rules of Cancun.</summary>
    public static ForkRules Cancun { get; } = new(Fork.Cancun);

    /// <summary>The rules of Prague.</summary>
    public static ForkRules Prague { get; } = new(Fork.Prague);

    /// <summary>The rules of Osaka, the default of this product.</summary>
    public static ForkRules Osaka { get; } = new(Fork.Osaka);

    /// <summary>Which fork these rules belong to.</summary>
    public Fork Fork { get; }

    /// <summary>BLS12-381 precompiles 0x0b to 0x11 (EIP-2537).</summary>
    public bool HasBlsPrecompiles { get; }

    /// <summary>Set-code transactions and delegated accounts (EIP-7702).</summary>
    public bool HasDelegation { get; }

    /// <summary>A transaction pays at least the floor price of its calldata (EIP-7623).</summary>
    public bool HasCalldataFloor { get; }

    /// <summary>The parent's hash is stored in a system contract at the start of a block (EIP-2935).</summary>
    public bool HasBlockHashHistory { get; }

    /// <summary>The CLZ opcode (EIP-7939).</summary>
    public bool HasCountLeadingZeros { get; }

    /// <summary>The secp256r1 precompile at 0x100 (EIP-7951).</summary>
    public bool HasP256Precompile { get; }

    /// <summary>MODEXP bounds its operands and costs more (EIP-7823, EIP-7883).</summary>
    public bool HasModExpBounds { get; }

    /// <summary>A transaction's gas limit is at most 2^24 (EIP-7825).</summary>
    public bool HasTransactionGasCap { get; }

    internal OpcodeTable Opcodes { get; }

    /// <summary>The rules of a fork.</summary>
    /// <param name="fork">Which fork.</param>
    /// <returns>The one instance for that fork.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The value names no fork.</exception>
    public static ForkRules Of(Fork fork) => fork switch
    {
        Fork.Cancun => Cancun,
        Fork.Prague => Prague,
        Fork.Osaka => Osaka,
        _ => throw new ArgumentOutOfRangeException(nameof(fork), fork, "Not a fork that this EVM knows."),
    };
}
