namespace Cloud.Execution.Evm;

/// <summary>
/// The bytes of the compiled stream. Most opcodes stand for themselves; those above 0x9f move into the room that PUSH leaves free, so that the interpreter's switch
/// is one dense table.
/// </summary>
internal static class Instruction
{
    /// <summary>Starts a block of straight-line code: u32 gas of the block, u16 bytes of stack that it needs, u16 bytes by which its stack grows.</summary>
    public const byte Block = (byte)Opcode.JumpDest;

    /// <summary>Pushes a u64 operand.</summary>
    public const byte PushWord = 0x5f;

    /// <summary>Pushes an operand of four u64, least significant first.</summary>
    public const byte PushFull = 0x60;

    /// <summary>PUSH and JUMP: i32 offset of the target in the stream.</summary>
    public const byte JumpTo = 0x61;

    /// <summary>PUSH and JUMPI: i32 offset of the target in the stream.</summary>
    public const byte JumpToIf = 0x62;

    /// <summary>Where every jump to something other than a JUMPDEST lands.</summary>
    public const byte BadJump = 0x63;

    /// <summary>An opcode that the fork does not define.</summary>
    public const byte Undefined = 0x64;

    /// <summary>Tells the tracer about the next instruction: u32 position in the bytecode, u8 opcode.</summary>
    public const byte Trace = 0x65;

    // Opcodes above 0x9f.
    public const byte Log0 = 0x66;
    public const byte Log1 = 0x67;
    public const byte Log2 = 0x68;
    public const byte Log3 = 0x69;
    public const byte Log4 = 0x6a;
    public const byte Create = 0x6b;
    public const byte Call = 0x6c;
    public const byte CallCode = 0x6d;
    public const byte Return = 0x6e;
    public const byte DelegateCall = 0x6f;
    public const byte Create2 = 0x70;
    public const byte StaticCall = 0x71;
    public const byte Revert = 0x72;
    public const byte SelfDestruct = 0x73;

    /// <summary>ISZERO, PUSH and JUMPI: i32 offset of the target.</summary>
    public const byte JumpToUnless = 0x74;

    /// <summary>A comparison, an even or odd number of ISZERO, PUSH and JUMPI: i32 offset of the target.</summary>
    public const byte JumpIfLt = 0x75, JumpUnlessLt = 0x76;

    /// <inheritdoc cref="JumpIfLt"/>
    public const byte JumpIfGt = 0x77, JumpUnlessGt = 0x78;

    /// <inheritdoc cref="JumpIfLt"/>
    public const byte JumpIfSlt = 0x79, JumpUnlessSlt = 0x7a;

    /// <inheritdoc cref="JumpIfLt"/>
    public const byte JumpIfSgt = 0x7b, JumpUnlessSgt = 0x7c;

    /// <inheritdoc cref="JumpIfLt"/>
    public const byte JumpIfEq = 0x7d, JumpUnlessEq = 0x7e;

    /// <summary>PUSH and ADD: u64 operand.</summary>
    public const byte AddWord = 0x21;

    /// <summary>PUSH and MLOAD: u64 offset.</summary>
    public const byte MLoadAt = 0x22;

    /// <summary>PUSH and MSTORE: u64 offset.</summary>
    public const byte MStoreAt = 0x23;

    /// <summary>PUSH and SHL or SHR: u8 number of bits.</summary>
    public const byte ShlBy = 0x24, ShrBy = 0x25;

    /// <summary>PUSH and AND: u64 operand.</summary>
    public const byte AndWord = 0x26;

    /// <summary>PUSH and AND: operand of four u64, least significant first.</summary>
    public const byte AndFull = 0x27;

    /// <summary>SWAP1 and POP.</summary>
    public const byte Swap1Pop = 0x28;

    /// <summary>SWAP2 and POP.</summary>
    public const byte Swap2Pop = 0x29;

    /// <summary>Length of a block's header.</summary>
    public const int BlockLength = 1 + sizeof(uint) + sizeof(ushort) + sizeof(ushort);

    /// <summary>Length of a trace instruction.</summary>
    public const int TraceLength = 1 + sizeof(uint) + 1;

    /// <summary>The instruction of an opcode without operand.</summary>
    /// <param name="opcode">A defined opcode, not PUSH, PC or JUMPDEST.</param>
    /// <returns>Its byte in the stream.</returns>
    public static byte Of(Opcode opcode) => opcode switch
    {
        < Opcode.Log0 => (byte)opcode,
        <= Opcode.Log4 => (byte)(Log0 + (opcode - Opcode.Log0)),
        Opcode.Create => Create,
        Opcode.Call => Call,
        Opcode.CallCode => CallCode,
        Opcode.Return => Return,
        Opcode.DelegateCall => DelegateCall,
        Opcode.Create2 => Create2,
        Opcode.StaticCall => StaticCall,
        Opcode.Revert => Revert,
        Opcode.SelfDestruct => SelfDestruct,
        _ => Undefined,
    };
}
