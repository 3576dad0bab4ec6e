namespace Cloud.Execution.Evm;

/// <summary>What is known of an opcode before it runs.</summary>
/// <param name="Pops">Words it takes from the stack.</param>
/// <param name="Pushes">Words it puts on the stack.</param>
/// <param name="Gas">Its price, without what depends on operands or state.</param>
/// <param name="Flow">What it means for the flow of control.</param>
/// <param name="IsDefined">Whether the fork has it.</param>
internal readonly record struct OpcodeInfo(byte Pops, byte Pushes, ushort Gas, OpcodeFlow Flow, bool IsDefined);

/// <summary>How an opcode shapes the blocks of straight-line code.</summary>
internal enum OpcodeFlow : byte
{
    /// <summary>The next instruction follows.</summary>
    Plain,

    /// <summary>The next instruction follows, and the exact gas left matters here: the block ends so that nothing later is charged yet.</summary>
    SeesGas,

    /// <summary>A conditional jump: a block ends here, and what follows starts one.</summary>
    Branches,

    /// <summary>Nothing that follows is reached without a jump.</summary>
    Ends,
}
