namespace Cloud.Execution.Evm;

/// <summary>Instructions of the compiled stream that are no opcodes, on bytes that the EVM does not assign. All other instructions are opcodes without operand.</summary>
internal static class Instruction
{
    /// <summary>Starts a block of straight-line code: u32 gas of the block, u16 bytes of stack that it needs, u16 bytes by which its stack grows.</summary>
    public const byte Block = (byte)Opcode.JumpDest;

    /// <summary>Pushes a u64 operand.</summary>
    public const byte PushWord = 0xb0;

    /// <summary>Pushes an operand of four u64, least significant first.</summary>
    public const byte PushFull = 0xb1;

    /// <summary>PUSH and JUMP: i32 offset of the target in the stream.</summary>
    public const byte JumpTo = 0xb2;

    /// <summary>PUSH and JUMPI: i32 offset of the target in the stream.</summary>
    public const byte JumpToIf = 0xb3;

    /// <summary>Where every jump to something other than a JUMPDEST lands.</summary>
    public const byte BadJump = 0xb4;

    /// <summary>An opcode that the fork does not define.</summary>
    public const byte Undefined = 0xb5;

    /// <summary>Tells the tracer about the next instruction: u32 position in the bytecode, u8 opcode.</summary>
    public const byte Trace = 0xb6;

    /// <summary>Length of a block's header.</summary>
    public const int BlockLength = 1 + sizeof(uint) + sizeof(ushort) + sizeof(ushort);

    /// <summary>Length of a trace instruction.</summary>
    public const int TraceLength = 1 + sizeof(uint) + 1;
}
