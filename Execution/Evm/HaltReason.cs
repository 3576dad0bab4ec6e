namespace Cloud.Execution.Evm;

/// <summary>Why a call halted exceptionally: it took all its gas and left no trace (yellow paper section 9.4.2).</summary>
public enum HaltReason : byte
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>The gas did not suffice.</summary>
    OutOfGas,

    /// <summary>An instruction needed more words than the stack had.</summary>
    StackUnderflow,

    /// <summary>The stack would have more than 1,024 words.</summary>
    StackOverflow,

    /// <summary>A jump to something that is no JUMPDEST.</summary>
    InvalidJump,

    /// <summary>An opcode that the fork does not define, or INVALID.</summary>
    InvalidOpcode,

    /// <summary>A change of state inside a static call (EIP-214).</summary>
    WriteProtection,

    /// <summary>RETURNDATACOPY beyond the end of the data (EIP-211).</summary>
    ReturnDataOutOfBounds,

    /// <summary>The init code is longer than <see cref="GasSchedule.MaxInitCodeSize"/> (EIP-3860).</summary>
    InitCodeTooLarge,

    /// <summary>The created code is longer than <see cref="GasSchedule.MaxCodeSize"/> (EIP-170).</summary>
    CodeTooLarge,

    /// <summary>The created code starts with 0xEF (EIP-3541).</summary>
    InvalidCode,

    /// <summary>The gas did not suffice to store the created code (EIP-2).</summary>
    CodeStoreOutOfGas,

    /// <summary>The address of the new contract is taken (EIP-684, EIP-7610).</summary>
    AddressCollision,

    /// <summary>A precompiled contract refused its input.</summary>
    PrecompileFailed,
}
