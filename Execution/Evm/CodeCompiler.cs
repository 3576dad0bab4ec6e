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
/// <para>
/// Operands of PUSH stand in the stream in the machine's byte order. Arithmetic on constants is done here; a PUSH with the instruction that takes its word, a
/// comparison with the jump that it decides, and SWAP with POP become one instruction. What is charged and checked stays that of the bytecode.
/// </para>
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

    // Where the instructions of the open block start.
    private readonly List<int> _starts = [];
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
            else if (opcode != Opcode.JumpDest && !TryFold(opcode) && !TryFuse(opcode))
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
        _starts.Clear();
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

    private void Emit(byte instruction)
    {
        _starts.Add(Offset);
        *_end++ = instruction;
    }

    private void EmitTrace(int pc, Opcode opcode)
    {
        Emit(Instruction.Trace);
        Unsafe.WriteUnaligned(_end, pc);
        _end += sizeof(int);
        *_end++ = (byte)opcode;
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
        Emit(instruction == Instruction.JumpToIf ? TakeCondition() : instruction);
        _jumpOperands.Add(Offset);
        Unsafe.WriteUnaligned(_end, destination < (ulong)length ? (int)destination.U0 : -1);
        _end += sizeof(int);
    }

    private bool IsLast(byte instruction) => _starts.Count > 0 && _start[_starts[^1]] == instruction;

    private void TakeBack()
    {
        _end = _start + _starts[^1];
        _starts.RemoveAt(_starts.Count - 1);
    }

    /// <summary>The word that an instruction of the open block pushes, counted from its last one.</summary>
    private bool TryGetConstant(int back, out UInt256 value)
    {
        value = default;
        if (back >= _starts.Count)
        {
            return false;
        }

        byte* instruction = _start + _starts[_starts.Count - 1 - back];
        switch (*instruction)
        {
            case Instruction.PushWord:
                value = Unsafe.ReadUnaligned<ulong>(instruction + 1);
                return true;
            case Instruction.PushFull:
                value = Unsafe.ReadUnaligned<UInt256>(instruction + 1);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Does arithmetic on constants here, such as the shift and the subtraction that make a mask.</summary>
    private bool TryFold(Opcode opcode)
    {
        if (!TryGetConstant(0, out UInt256 top))
        {
            return false;
        }

        UInt256 result;
        switch (opcode)
        {
            case Opcode.Not:
                result = ~top;
                break;
            case Opcode.IsZero:
                result = top.IsZero ? UInt256.One : UInt256.Zero;
                break;
            default:
                if (!TryGetConstant(1, out UInt256 second))
                {
                    return false;
                }

                switch (opcode)
                {
                    case Opcode.Add:
                        result = top + second;
                        break;
                    case Opcode.Sub:
                        result = top - second;
                        break;
                    case Opcode.Mul:
                        result = top * second;
                        break;
                    case Opcode.And:
                        result = top & second;
                        break;
                    case Opcode.Or:
                        result = top | second;
                        break;
                    case Opcode.Xor:
                        result = top ^ second;
                        break;
                    case Opcode.Shl when top < 256UL:
                        result = second << (int)top.U0;
                        break;
                    case Opcode.Shr when top < 256UL:
                        result = second >> (int)top.U0;
                        break;
                    default:
                        return false;
                }

                TakeBack();
                break;
        }

        TakeBack();
        EmitPush(result);
        return true;
    }

    /// <summary>Makes one instruction of this one and the last.</summary>
    private bool TryFuse(Opcode opcode)
    {
        if (opcode == Opcode.Pop && (IsLast((byte)Opcode.Swap1) || IsLast((byte)Opcode.Swap2)))
        {
            byte fused = IsLast((byte)Opcode.Swap1) ? Instruction.Swap1Pop : Instruction.Swap2Pop;
            TakeBack();
            Emit(fused);
            return true;
        }

        if (!TryGetConstant(0, out UInt256 constant))
        {
            return false;
        }

        switch (opcode)
        {
            case Opcode.Add when constant.IsUInt64:
                EmitFused(Instruction.AddWord, constant.U0);
                return true;
            case Opcode.MLoad when constant.IsUInt64:
                EmitFused(Instruction.MLoadAt, constant.U0);
                return true;
            case Opcode.MStore when constant.IsUInt64:
                EmitFused(Instruction.MStoreAt, constant.U0);
                return true;
            case Opcode.And when constant.IsUInt64:
                EmitFused(Instruction.AndWord, constant.U0);
                return true;
            case Opcode.And:
                TakeBack();
                Emit(Instruction.AndFull);
                Unsafe.WriteUnaligned(_end, constant);
                _end += UInt256.Length;
                return true;
            case Opcode.Shl or Opcode.Shr when constant < 256UL:
                TakeBack();
                Emit(opcode == Opcode.Shl ? Instruction.ShlBy : Instruction.ShrBy);
                *_end++ = (byte)constant.U0;
                return true;
            default:
                return false;
        }
    }

    private void EmitFused(byte instruction, ulong operand)
    {
        TakeBack();
        Emit(instruction);
        Unsafe.WriteUnaligned(_end, operand);
        _end += sizeof(ulong);
    }

    /// <summary>Takes back what decides a conditional jump, as far as one instruction can do both.</summary>
    /// <returns>The jump.</returns>
    private byte TakeCondition()
    {
        bool negated = false;
        while (IsLast((byte)Opcode.IsZero))
        {
            TakeBack();
            negated = !negated;
        }

        byte plain = _starts.Count == 0 ? default : (Opcode)_start[_starts[^1]] switch
        {
            Opcode.Lt => Instruction.JumpIfLt,
            Opcode.Gt => Instruction.JumpIfGt,
            Opcode.Slt => Instruction.JumpIfSlt,
            Opcode.Sgt => Instruction.JumpIfSgt,
            Opcode.Eq => Instruction.JumpIfEq,
            _ => default(byte),
        };
        if (plain == 0)
        {
            return negated ? Instruction.JumpToUnless : Instruction.JumpToIf;
        }

        TakeBack();
        return (byte)(negated ? plain + 1 : plain);
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
