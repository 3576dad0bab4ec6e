using System.Runtime.CompilerServices;
using Cloud.Execution.Journal;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <content>The interpreter's loop.</content>
public sealed unsafe partial class VirtualMachine
{
    /// <summary>Runs a frame until it ends or calls.</summary>
    /// <remarks>
    /// Position, stack pointer and gas are locals whose address is never taken, so that they stay in registers; instructions that need more work take them by value
    /// and return the gas left, negative for a halt. Gas and stack bounds were checked for the whole block (see <see cref="CodeCompiler"/>).
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Exit Interpret(Frame frame)
    {
        byte* ip = frame.Ip;
        UInt256* sp = frame.Sp;
        long gas = frame.Gas;
        while (true)
        {
            switch (*ip++)
            {
                case (byte)Opcode.Stop:
                    frame.OutputLength = 0;
                    frame.Gas = gas;
                    return Exit.Success;
                case (byte)Opcode.Add:
                    sp--;
                    sp[-1] = sp[0] + sp[-1];
                    break;
                case (byte)Opcode.Mul:
                    sp--;
                    Multiply(sp);
                    break;
                case (byte)Opcode.Sub:
                    sp--;
                    sp[-1] = sp[0] - sp[-1];
                    break;
                case (byte)Opcode.Div:
                    sp--;
                    Divide(sp);
                    break;
                case (byte)Opcode.Sdiv:
                    sp--;
                    SignedDivide(sp);
                    break;
                case (byte)Opcode.Mod:
                    sp--;
                    Remainder(sp);
                    break;
                case (byte)Opcode.Smod:
                    sp--;
                    SignedRemainder(sp);
                    break;
                case (byte)Opcode.AddMod:
                    sp -= 2;
                    AddMod(sp);
                    break;
                case (byte)Opcode.MulMod:
                    sp -= 2;
                    MulMod(sp);
                    break;
                case (byte)Opcode.Exp:
                    sp--;
                    gas -= GasSchedule.ExpByte * sp[-1].ByteLength;
                    if (gas < 0)
                    {
                        goto OutOfGas;
                    }

                    Exp(sp);
                    break;
                case (byte)Opcode.SignExtend:
                    sp--;
                    SignExtend(sp);
                    break;

                case (byte)Opcode.Lt:
                    sp--;
                    sp[-1] = new UInt256(UInt256.LessThan(sp[0], sp[-1]) ? 1UL : 0UL);
                    break;
                case (byte)Opcode.Gt:
                    sp--;
                    sp[-1] = new UInt256(UInt256.LessThan(sp[-1], sp[0]) ? 1UL : 0UL);
                    break;
                case (byte)Opcode.Slt:
                    sp--;
                    sp[-1] = new UInt256(UInt256.SignedLessThan(sp[0], sp[-1]) ? 1UL : 0UL);
                    break;
                case (byte)Opcode.Sgt:
                    sp--;
                    sp[-1] = new UInt256(UInt256.SignedLessThan(sp[-1], sp[0]) ? 1UL : 0UL);
                    break;
                case (byte)Opcode.Eq:
                    sp--;
                    sp[-1] = new UInt256(((sp[0].U0 ^ sp[-1].U0) | (sp[0].U1 ^ sp[-1].U1) | (sp[0].U2 ^ sp[-1].U2) | (sp[0].U3 ^ sp[-1].U3)) == 0 ? 1UL : 0UL);
                    break;
                case (byte)Opcode.IsZero:
                    sp[-1] = new UInt256((sp[-1].U0 | sp[-1].U1 | sp[-1].U2 | sp[-1].U3) == 0 ? 1UL : 0UL);
                    break;
                case (byte)Opcode.And:
                    sp--;
                    sp[-1] = sp[0] & sp[-1];
                    break;
                case (byte)Opcode.Or:
                    sp--;
                    sp[-1] = sp[0] | sp[-1];
                    break;
                case (byte)Opcode.Xor:
                    sp--;
                    sp[-1] = sp[0] ^ sp[-1];
                    break;
                case (byte)Opcode.Not:
                    sp[-1] = ~sp[-1];
                    break;
                case (byte)Opcode.Byte:
                    sp--;
                    sp[-1] = UInt256.Byte(sp[0], sp[-1]);
                    break;
                case (byte)Opcode.Shl:
                    sp--;
                    ShiftLeft(sp);
                    break;
                case (byte)Opcode.Shr:
                    sp--;
                    ShiftRight(sp);
                    break;
                case (byte)Opcode.Sar:
                    sp--;
                    ShiftRightArithmetic(sp);
                    break;
                case (byte)Opcode.Clz:
                    sp[-1] = new UInt256((ulong)sp[-1].LeadingZeroCount);
                    break;

                case (byte)Opcode.Keccak256:
                    gas = Keccak(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp--;
                    break;

                case (byte)Opcode.Address:
                    *sp++ = frame.AddressWord;
                    break;
                case (byte)Opcode.Balance:
                    gas = Balance(sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    break;
                case (byte)Opcode.Origin:
                    *sp++ = _originWord;
                    break;
                case (byte)Opcode.Caller:
                    *sp++ = frame.CallerWord;
                    break;
                case (byte)Opcode.CallValue:
                    *sp++ = frame.Value;
                    break;
                case (byte)Opcode.CallDataLoad:
                    CallDataLoad(frame, sp);
                    break;
                case (byte)Opcode.CallDataSize:
                    *sp++ = new UInt256((ulong)frame.InputLength);
                    break;
                case (byte)Opcode.CallDataCopy:
                    gas = CallDataCopy(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= 3;
                    break;
                case (byte)Opcode.CodeSize:
                    *sp++ = new UInt256(frame.CodeLength);
                    break;
                case (byte)Opcode.CodeCopy:
                    gas = CodeCopy(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= 3;
                    break;
                case (byte)Opcode.GasPrice:
                    *sp++ = _transaction.GasPrice;
                    break;
                case (byte)Opcode.ExtCodeSize:
                    gas = ExtCodeSize(sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    break;
                case (byte)Opcode.ExtCodeCopy:
                    gas = ExtCodeCopy(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= 4;
                    break;
                case (byte)Opcode.ReturnDataSize:
                    *sp++ = new UInt256((ulong)_returnLength);
                    break;
                case (byte)Opcode.ReturnDataCopy:
                    gas = ReturnDataCopy(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= 3;
                    break;
                case (byte)Opcode.ExtCodeHash:
                    gas = ExtCodeHash(sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    break;

                case (byte)Opcode.BlockHash:
                    BlockHash(sp);
                    break;
                case (byte)Opcode.Coinbase:
                    *sp++ = _blockWords.Coinbase;
                    break;
                case (byte)Opcode.Timestamp:
                    *sp++ = new UInt256(_block.Timestamp);
                    break;
                case (byte)Opcode.Number:
                    *sp++ = new UInt256(_block.Number);
                    break;
                case (byte)Opcode.PrevRandao:
                    *sp++ = _blockWords.PrevRandao;
                    break;
                case (byte)Opcode.GasLimit:
                    *sp++ = new UInt256(_block.GasLimit);
                    break;
                case (byte)Opcode.ChainId:
                    *sp++ = new UInt256(_block.ChainId);
                    break;
                case (byte)Opcode.SelfBalance:
                    *sp++ = frame.Account.Balance;
                    break;
                case (byte)Opcode.BaseFee:
                    *sp++ = _block.BaseFee;
                    break;
                case (byte)Opcode.BlobHash:
                    BlobHash(sp);
                    break;
                case (byte)Opcode.BlobBaseFee:
                    *sp++ = _block.BlobBaseFee;
                    break;

                case (byte)Opcode.Pop:
                    sp--;
                    break;
                case (byte)Opcode.MLoad:
                    if (!IsWordInside(frame, sp[-1]))
                    {
                        gas = Expand(frame, sp[-1], UInt256.Length, gas);
                        if (gas < 0)
                        {
                            goto Halt;
                        }
                    }

                    sp[-1] = Words.Load(frame.Memory + sp[-1].U0);
                    break;
                case (byte)Opcode.MStore:
                    sp -= 2;
                    if (!IsWordInside(frame, sp[1]))
                    {
                        gas = Expand(frame, sp[1], UInt256.Length, gas);
                        if (gas < 0)
                        {
                            goto Halt;
                        }
                    }

                    Words.Store(frame.Memory + sp[1].U0, sp[0]);
                    break;
                case (byte)Opcode.MStore8:
                    sp -= 2;
                    gas = Expand(frame, sp[1], 1, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    frame.Memory[sp[1].U0] = (byte)sp[0].U0;
                    break;
                case (byte)Opcode.SLoad:
                    gas = SLoad(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    break;
                case (byte)Opcode.SStore:
                    gas = SStore(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= 2;
                    break;
                case (byte)Opcode.Jump:
                    sp--;
                    if (!sp[0].IsUInt64 || sp[0].U0 >= frame.CodeLength)
                    {
                        goto BadJump;
                    }

                    ip = frame.Stream + frame.JumpMap[sp[0].U0] + 1;
                    goto EnterBlock;
                case (byte)Opcode.JumpI:
                    sp -= 2;
                    if ((sp[0].U0 | sp[0].U1 | sp[0].U2 | sp[0].U3) == 0)
                    {
                        ip++;
                        goto EnterBlock;
                    }

                    if (!sp[1].IsUInt64 || sp[1].U0 >= frame.CodeLength)
                    {
                        goto BadJump;
                    }

                    ip = frame.Stream + frame.JumpMap[sp[1].U0] + 1;
                    goto EnterBlock;
                case Instruction.JumpTo:
                    ip = frame.Stream + Unsafe.ReadUnaligned<int>(ip) + 1;
                    goto EnterBlock;
                case Instruction.JumpToIf:
                    sp--;
                    ip = (sp[0].U0 | sp[0].U1 | sp[0].U2 | sp[0].U3) == 0
                        ? ip + sizeof(int) + 1
                        : frame.Stream + Unsafe.ReadUnaligned<int>(ip) + 1;
                    goto EnterBlock;
                case (byte)Opcode.MSize:
                    *sp++ = new UInt256(frame.MemorySize);
                    break;
                case (byte)Opcode.Gas:
                    *sp++ = new UInt256((ulong)gas);
                    break;

                case Instruction.Block:
                EnterBlock:
                    gas -= Unsafe.ReadUnaligned<uint>(ip);
                    long height = (byte*)sp - (byte*)frame.StackBase;
                    if (gas < 0 || height < Unsafe.ReadUnaligned<ushort>(ip + 4) || height + Unsafe.ReadUnaligned<ushort>(ip + 6) > StackBytes)
                    {
                        BlockRefused(frame, ip, sp, gas);
                        goto Halt;
                    }

                    ip += Instruction.BlockLength - 1;
                    break;

                case (byte)Opcode.TLoad:
                    sp[-1] = JournaledState.GetTransient(frame.Account, sp[-1]);
                    break;
                case (byte)Opcode.TStore:
                    if (frame.IsStatic)
                    {
                        goto WriteProtection;
                    }

                    sp -= 2;
                    _state.SetTransient(frame.Account, sp[1], sp[0]);
                    break;
                case (byte)Opcode.MCopy:
                    gas = MCopy(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= 3;
                    break;

                case Instruction.PushWord:
                    *sp++ = new UInt256(Unsafe.ReadUnaligned<ulong>(ip));
                    ip += sizeof(ulong);
                    break;
                case Instruction.PushFull:
                    *sp++ = Unsafe.ReadUnaligned<UInt256>(ip);
                    ip += UInt256.Length;
                    break;

                case (byte)Opcode.Dup1:
                    sp[0] = sp[-1];
                    sp++;
                    break;
                case (byte)Opcode.Dup2:
                    sp[0] = sp[-2];
                    sp++;
                    break;
                case (byte)Opcode.Dup3:
                    sp[0] = sp[-3];
                    sp++;
                    break;
                case (byte)Opcode.Dup4:
                    sp[0] = sp[-4];
                    sp++;
                    break;
                case (byte)Opcode.Dup5:
                    sp[0] = sp[-5];
                    sp++;
                    break;
                case (byte)Opcode.Dup6:
                    sp[0] = sp[-6];
                    sp++;
                    break;
                case (byte)Opcode.Dup7:
                    sp[0] = sp[-7];
                    sp++;
                    break;
                case (byte)Opcode.Dup8:
                    sp[0] = sp[-8];
                    sp++;
                    break;
                case (byte)Opcode.Dup9:
                    sp[0] = sp[-9];
                    sp++;
                    break;
                case (byte)Opcode.Dup10:
                    sp[0] = sp[-10];
                    sp++;
                    break;
                case (byte)Opcode.Dup11:
                    sp[0] = sp[-11];
                    sp++;
                    break;
                case (byte)Opcode.Dup12:
                    sp[0] = sp[-12];
                    sp++;
                    break;
                case (byte)Opcode.Dup13:
                    sp[0] = sp[-13];
                    sp++;
                    break;
                case (byte)Opcode.Dup14:
                    sp[0] = sp[-14];
                    sp++;
                    break;
                case (byte)Opcode.Dup15:
                    sp[0] = sp[-15];
                    sp++;
                    break;
                case (byte)Opcode.Dup16:
                    sp[0] = sp[-16];
                    sp++;
                    break;

                case (byte)Opcode.Swap1:
                    (sp[-1], sp[-2]) = (sp[-2], sp[-1]);
                    break;
                case (byte)Opcode.Swap2:
                    (sp[-1], sp[-3]) = (sp[-3], sp[-1]);
                    break;
                case (byte)Opcode.Swap3:
                    (sp[-1], sp[-4]) = (sp[-4], sp[-1]);
                    break;
                case (byte)Opcode.Swap4:
                    (sp[-1], sp[-5]) = (sp[-5], sp[-1]);
                    break;
                case (byte)Opcode.Swap5:
                    (sp[-1], sp[-6]) = (sp[-6], sp[-1]);
                    break;
                case (byte)Opcode.Swap6:
                    (sp[-1], sp[-7]) = (sp[-7], sp[-1]);
                    break;
                case (byte)Opcode.Swap7:
                    (sp[-1], sp[-8]) = (sp[-8], sp[-1]);
                    break;
                case (byte)Opcode.Swap8:
                    (sp[-1], sp[-9]) = (sp[-9], sp[-1]);
                    break;
                case (byte)Opcode.Swap9:
                    (sp[-1], sp[-10]) = (sp[-10], sp[-1]);
                    break;
                case (byte)Opcode.Swap10:
                    (sp[-1], sp[-11]) = (sp[-11], sp[-1]);
                    break;
                case (byte)Opcode.Swap11:
                    (sp[-1], sp[-12]) = (sp[-12], sp[-1]);
                    break;
                case (byte)Opcode.Swap12:
                    (sp[-1], sp[-13]) = (sp[-13], sp[-1]);
                    break;
                case (byte)Opcode.Swap13:
                    (sp[-1], sp[-14]) = (sp[-14], sp[-1]);
                    break;
                case (byte)Opcode.Swap14:
                    (sp[-1], sp[-15]) = (sp[-15], sp[-1]);
                    break;
                case (byte)Opcode.Swap15:
                    (sp[-1], sp[-16]) = (sp[-16], sp[-1]);
                    break;
                case (byte)Opcode.Swap16:
                    (sp[-1], sp[-17]) = (sp[-17], sp[-1]);
                    break;

                case >= (byte)Opcode.Log0 and <= (byte)Opcode.Log4:
                    int topics = ip[-1] - (byte)Opcode.Log0;
                    gas = EmitLog(frame, sp, gas, topics);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= topics + 2;
                    break;

                case (byte)Opcode.Create:
                    gas = Create(frame, sp, gas, CallKind.Create);
                    sp -= 2;
                    goto AfterCall;
                case (byte)Opcode.Create2:
                    gas = Create(frame, sp, gas, CallKind.Create2);
                    sp -= 3;
                    goto AfterCall;
                case (byte)Opcode.Call:
                    gas = Call(frame, sp, gas, CallKind.Call);
                    sp -= 6;
                    goto AfterCall;
                case (byte)Opcode.CallCode:
                    gas = Call(frame, sp, gas, CallKind.CallCode);
                    sp -= 6;
                    goto AfterCall;
                case (byte)Opcode.DelegateCall:
                    gas = Call(frame, sp, gas, CallKind.DelegateCall);
                    sp -= 5;
                    goto AfterCall;
                case (byte)Opcode.StaticCall:
                    gas = Call(frame, sp, gas, CallKind.StaticCall);
                    sp -= 5;
                    goto AfterCall;

                case (byte)Opcode.Return:
                    gas = Output(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    frame.Gas = gas;
                    return Exit.Success;
                case (byte)Opcode.Revert:
                    gas = Output(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    frame.Gas = gas;
                    return Exit.Revert;
                case (byte)Opcode.SelfDestruct:
                    gas = SelfDestruct(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    frame.OutputLength = 0;
                    frame.Gas = gas;
                    return Exit.Success;

                case Instruction.Trace:
                    TraceStep(frame, ip, sp, gas + Unsafe.ReadUnaligned<uint>(ip - Instruction.BlockLength));
                    ip += Instruction.TraceLength - 1;
                    break;
                case Instruction.BadJump:
                    goto BadJump;
                default:
                    _halt = HaltReason.InvalidOpcode;
                    goto Halt;
            }

            continue;

        AfterCall:
            if (gas < 0)
            {
                goto Halt;
            }

            if (_callee is not null)
            {
                frame.Ip = ip;
                frame.Sp = sp;
                frame.Gas = gas;
                return Exit.Enter;
            }
        }

    OutOfGas:
        _halt = HaltReason.OutOfGas;
        goto Halt;
    WriteProtection:
        _halt = HaltReason.WriteProtection;
        goto Halt;
    BadJump:
        _halt = HaltReason.InvalidJump;
    Halt:
        return Exit.Halt;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWordInside(Frame frame, in UInt256 offset) =>
        (offset.U1 | offset.U2 | offset.U3) == 0 && offset.U0 < frame.MemoryWords;
}
