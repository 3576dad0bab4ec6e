using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <summary>Translates bytecode, once for each code hash, into the stream of instructions that the interpreter runs.</summary>
/// <remarks>
/// <para>
/// Code is cut into blocks: straight-line runs that start at a JUMPDEST, behind a JUMPI, or behind an instruction that sees the exact gas left. A block's static gas
/// and its stack bounds are added up here and checked once, when it is entered. That is exact: whatever stops a block early is an exceptional halt, which takes all
/// gas and undoes all effects whichever check comes first, and whatever can observe the gas left ends its block.
/// </para>
/// <para>Operands of PUSH stand in the stream in the machine's byte order, and a PUSH with the jump that takes it becomes one instruction with its target looked up.</para>
/// <para>In stepwise form each instruction is a block of its own, with a trace instruction in front, so that a tracer sees exact gas; the interpreter is the same.</para>
/// </remarks>
internal sealed unsafe class CodeCompiler
{
    /// <summary>Offset of the first block in the stream.</summary>
    public const int Entry = Instruction.BlockLength + 1;

    // A block that needs or adds more than the whole stack is refused whatever the numbers are; cut there, they fit 16 bits.
    private const int MaxWords = GasSchedule.MaxStackHeight + 1;

    // One byte of bytecode makes at most a header, a trace instruction, an instruction with operands, and the next header.
    private const int LongestTranslation = (2 * Instruction.BlockLength) + Instruction.TraceLength + 1;

    private const int LongestPush = Instruction.BlockLength + Instruction.TraceLength + 1 + UInt256.Length;

    [ThreadStatic]
    private static CodeCompiler? s_instance;

    private readonly List<int> _jumpOperands = [];
    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);
    private byte* _start;
    private byte* _end;
    private byte* _header;
    private uint _gas;
    private int _height;
    private int _required;
    private int _growth;

    private CodeCompiler()
    {
    }

    private int Offset => (int)(_end - _start);

    // A JUMPDEST leaves no instruction, only its gas.
    private bool IsBlockEmpty => _end == _header + Instruction.BlockLength && _gas == 0;

    /// <summary>Translates bytecode.</summary>
    /// <param name="code">Bytecode of any length.</param>
    /// <param name="opcodes">The opcodes of the fork.</param>
    /// <param name="stepwise">Whether each instruction is reported to a tracer.</param>
    /// <returns>The compiled code.</returns>
    public static CompiledCode Compile(ReadOnlySpan<byte> code, OpcodeTable opcodes, bool stepwise)
    {
        CodeCompiler compiler = s_instance ??= new CodeCompiler();
        CompiledCode compiled = new(code);
        compiler.Translate(compiled, opcodes.Infos, stepwise);
        return compiled;
    }

    private void Translate(CompiledCode compiled, ReadOnlySpan<OpcodeInfo> infos, bool stepwise)
    {
        byte* code = compiled.Code;
        int length = compiled.Length;
        int* map = compiled.JumpMap;
        Reserve(length, stepwise);
        _jumpOperands.Clear();

        OpenBlock();
        Emit(Instruction.BadJump);
        CloseBlock();
        OpenBlock();
        bool reachable = true;
        int pc = 0;
        while (pc < length)
        {
            Opcode opcode = (Opcode)code[pc];
            int immediate = opcode is >= Opcode.Push1 and <= Opcode.Push32 ? opcode - Opcode.Push0 : 0;
            if (opcode == Opcode.JumpDest)
            {
                // An empty block in front is entered only by falling into it, and then runs on into this one.
                if (!reachable || !IsBlockEmpty)
                {
                    if (reachable)
                    {
                        CloseBlock();
                    }

                    OpenBlock();
                }

                reachable = true;
                map[pc] = (int)(_header - _start);
            }

            if (!reachable)
            {
                pc += 1 + immediate;
                continue;
            }

            if (stepwise)
            {
                if (!IsBlockEmpty)
                {
                    CloseBlock();
                    OpenBlock();
                }

                EmitTrace(pc, opcode);
            }

            ref readonly OpcodeInfo info = ref infos[(byte)opcode];
            Count(info);
            OpcodeFlow flow = info.Flow;
            if (!info.IsDefined)
            {
                Emit(Instruction.Undefined);
            }
            else if (opcode is >= Opcode.Push0 and <= Opcode.Push32)
            {
                int next = pc + 1 + immediate;
                UInt256 operand = ReadOperand(code, length, pc + 1, immediate);
                if (!stepwise && next < length && (Opcode)code[next] is Opcode.Jump or Opcode.JumpI)
                {
                    ref readonly OpcodeInfo jump = ref infos[code[next]];
                    Count(jump);
                    flow = jump.Flow;
                    EmitJump(flow == OpcodeFlow.Ends ? Instruction.JumpTo : Instruction.JumpToIf, operand, length);
                    pc = next;
                    immediate = 0;
                }
                else
                {
                    EmitPush(operand);
                }
            }
            else if (opcode == Opcode.Pc)
            {
                EmitPush((ulong)pc);
            }
            else if (opcode != Opcode.JumpDest)
            {
                Emit(Instruction.Of(opcode));
            }

            pc += 1 + immediate;
            if (flow != OpcodeFlow.Plain)
            {
                CloseBlock();
                reachable = flow != OpcodeFlow.Ends;
                if (reachable)
                {
                    OpenBlock();
                }
            }
        }

        if (reachable)
        {
            if (stepwise)
            {
                if (!IsBlockEmpty)
                {
                    CloseBlock();
                    OpenBlock();
                }

                EmitTrace(length, Opcode.Stop);
            }

            Emit((byte)Opcode.Stop);
            CloseBlock();
        }

        foreach (int operand in _jumpOperands)
        {
            int* target = (int*)(_start + operand);
            *target = *target < 0 ? 0 : map[*target];
        }

        compiled.Complete(new ReadOnlySpan<byte>(_start, Offset));
    }

    private void Reserve(int length, bool stepwise)
    {
        // A PUSH is cheaper per byte than the longest single byte, save for the last one, which the code may cut short.
        long capacity = ((long)length * (stepwise ? LongestTranslation : Instruction.BlockLength + 1)) + (4 * LongestPush);
        if (_buffer.LongLength < capacity)
        {
            _buffer = GC.AllocateUninitializedArray<byte>(checked((int)Math.Max(capacity, 2L * _buffer.Length)), pinned: true);
        }

        _start = _end = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_buffer));
    }

    private void OpenBlock()
    {
        _header = _end;
        _end += Instruction.BlockLength;
        _gas = 0;
        _height = _required = _growth = 0;
    }

    private void CloseBlock()
    {
        *_header = Instruction.Block;
        Unsafe.WriteUnaligned(_header + 1, _gas);
        Unsafe.WriteUnaligned(_header + 5, (ushort)(Math.Min(_required, MaxWords) * UInt256.Length));
        Unsafe.WriteUnaligned(_header + 7, (ushort)(Math.Min(_growth, MaxWords) * UInt256.Length));
    }

    private void Count(in OpcodeInfo info)
    {
        _gas += info.Gas;
        _required = Math.Max(_required, info.Pops - _height);
        _height += info.Pushes - info.Pops;
        _growth = Math.Max(_growth, _height);
    }

    private void Emit(byte instruction) => *_end++ = instruction;

    private void EmitTrace(int pc, Opcode opcode)
    {
        Emit(Instruction.Trace);
        Unsafe.WriteUnaligned(_end, pc);
        _end += sizeof(int);
        Emit((byte)opcode);
    }

    private void EmitPush(in UInt256 operand)
    {
        if (operand.IsUInt64)
        {
            Emit(Instruction.PushWord);
            Unsafe.WriteUnaligned(_end, operand.U0);
            _end += sizeof(ulong);
        }
        else
        {
            Emit(Instruction.PushFull);
            Unsafe.WriteUnaligned(_end, operand);
            _end += UInt256.Length;
        }
    }

    private void EmitJump(byte instruction, in UInt256 destination, int length)
    {
        Emit(instruction);
        _jumpOperands.Add(Offset);
        Unsafe.WriteUnaligned(_end, destination < (ulong)length ? (int)destination.U0 : -1);
        _end += sizeof(int);
    }

    private static UInt256 ReadOperand(byte* code, int length, int start, int count)
    {
        if (count == 0)
        {
            return default;
        }

        if (count <= 8 && start + 8 <= length)
        {
            return BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(code + start)) >> (64 - (8 * count));
        }

        // Code that ends inside an operand continues with zeros.
        Span<byte> bytes = stackalloc byte[UInt256.Length];
        bytes.Clear();
        int present = Math.Min(count, length - start);
        new ReadOnlySpan<byte>(code + start, present).CopyTo(bytes[(UInt256.Length - count)..]);
        return UInt256.FromBigEndian(bytes);
    }
}
