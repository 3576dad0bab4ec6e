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
            switch (*ip)
            {
                case (byte)Opcode.Stop:
                    frame.OutputLength = 0;
                    frame.Gas = gas;
                    return Exit.Success;
                case (byte)Opcode.Add:
                    sp--;
                    sp[-1] = sp[0] + sp[-1];
                    ip++;
                    break;
                case (byte)Opcode.Mul:
                    sp--;
                    Multiply(sp);
                    ip++;
                    break;
                case (byte)Opcode.Sub:
                    sp--;
                    sp[-1] = sp[0] - sp[-1];
                    ip++;
                    break;
                case (byte)Opcode.Div:
                    sp--;
                    Divide(sp);
                    ip++;
                    break;
                case (byte)Opcode.Sdiv:
                    sp--;
                    SignedDivide(sp);
                    ip++;
                    break;
                case (byte)Opcode.Mod:
                    sp--;
                    Remainder(sp);
                    ip++;
                    break;
                case (byte)Opcode.Smod:
                    sp--;
                    SignedRemainder(sp);
                    ip++;
                    break;
                case (byte)Opcode.AddMod:
                    sp -= 2;
                    AddMod(sp);
                    ip++;
                    break;
                case (byte)Opcode.MulMod:
                    sp -= 2;
                    MulMod(sp);
                    ip++;
                    break;
                case (byte)Opcode.Exp:
                    sp--;
                    gas -= GasSchedule.ExpByte * sp[-1].ByteLength;
                    if (gas < 0)
                    {
                        goto OutOfGas;
                    }

                    Exp(sp);
                    ip++;
                    break;
                case (byte)Opcode.SignExtend:
                    sp--;
                    SignExtend(sp);
                    ip++;
                    break;

                case (byte)Opcode.Lt:
                    sp--;
                    sp[-1] = new UInt256(UInt256.LessThan(sp[0], sp[-1]) ? 1UL : 0UL);
                    ip++;
                    break;
                case (byte)Opcode.Gt:
                    sp--;
                    sp[-1] = new UInt256(UInt256.LessThan(sp[-1], sp[0]) ? 1UL : 0UL);
                    ip++;
                    break;
                case (byte)Opcode.Slt:
                    sp--;
                    sp[-1] = new UInt256(UInt256.SignedLessThan(sp[0], sp[-1]) ? 1UL : 0UL);
                    ip++;
                    break;
                case (byte)Opcode.Sgt:
                    sp--;
                    sp[-1] = new UInt256(UInt256.SignedLessThan(sp[-1], sp[0]) ? 1UL : 0UL);
                    ip++;
                    break;
                case (byte)Opcode.Eq:
                    sp--;
                    sp[-1] = new UInt256(((sp[0].U0 ^ sp[-1].U0) | (sp[0].U1 ^ sp[-1].U1) | (sp[0].U2 ^ sp[-1].U2) | (sp[0].U3 ^ sp[-1].U3)) == 0 ? 1UL : 0UL);
                    ip++;
                    break;
                case (byte)Opcode.IsZero:
                    sp[-1] = new UInt256((sp[-1].U0 | sp[-1].U1 | sp[-1].U2 | sp[-1].U3) == 0 ? 1UL : 0UL);
                    ip++;
                    break;
                case (byte)Opcode.And:
                    sp--;
                    sp[-1] = sp[0] & sp[-1];
                    ip++;
                    break;
                case (byte)Opcode.Or:
                    sp--;
                    sp[-1] = sp[0] | sp[-1];
                    ip++;
                    break;
                case (byte)Opcode.Xor:
                    sp--;
                    sp[-1] = sp[0] ^ sp[-1];
                    ip++;
                    break;
                case (byte)Opcode.Not:
                    sp[-1] = ~sp[-1];
                    ip++;
                    break;
                case (byte)Opcode.Byte:
                    sp--;
                    sp[-1] = UInt256.Byte(sp[0], sp[-1]);
                    ip++;
                    break;
                case (byte)Opcode.Shl:
                    sp--;
                    ShiftLeft(sp);
                    ip++;
                    break;
                case (byte)Opcode.Shr:
                    sp--;
                    ShiftRight(sp);
                    ip++;
                    break;
                case (byte)Opcode.Sar:
                    sp--;
                    ShiftRightArithmetic(sp);
                    ip++;
                    break;
                case (byte)Opcode.Clz:
                    sp[-1] = new UInt256((ulong)sp[-1].LeadingZeroCount);
                    ip++;
                    break;

                case (byte)Opcode.Keccak256:
                    gas = Keccak(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp--;
                    ip++;
                    break;

                case (byte)Opcode.Address:
                    *sp++ = frame.AddressWord;
                    ip++;
                    break;
                case (byte)Opcode.Balance:
                    gas = Balance(sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    ip++;
                    break;
                case (byte)Opcode.Origin:
                    *sp++ = _originWord;
                    ip++;
                    break;
                case (byte)Opcode.Caller:
                    *sp++ = frame.CallerWord;
                    ip++;
                    break;
                case (byte)Opcode.CallValue:
                    *sp++ = frame.Value;
                    ip++;
                    break;
                case (byte)Opcode.CallDataLoad:
                    CallDataLoad(frame, sp);
                    ip++;
                    break;
                case (byte)Opcode.CallDataSize:
                    *sp++ = new UInt256((ulong)frame.InputLength);
                    ip++;
                    break;
                case (byte)Opcode.CallDataCopy:
                    gas = CallDataCopy(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= 3;
                    ip++;
                    break;
                case (byte)Opcode.CodeSize:
                    *sp++ = new UInt256(frame.CodeLength);
                    ip++;
                    break;
                case (byte)Opcode.CodeCopy:
                    gas = CodeCopy(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= 3;
                    ip++;
                    break;
                case (byte)Opcode.GasPrice:
                    *sp++ = _transaction.GasPrice;
                    ip++;
                    break;
                case (byte)Opcode.ExtCodeSize:
                    gas = ExtCodeSize(sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    ip++;
                    break;
                case (byte)Opcode.ExtCodeCopy:
                    gas = ExtCodeCopy(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= 4;
                    ip++;
                    break;
                case (byte)Opcode.ReturnDataSize:
                    *sp++ = new UInt256((ulong)_returnLength);
                    ip++;
                    break;
                case (byte)Opcode.ReturnDataCopy:
                    gas = ReturnDataCopy(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= 3;
                    ip++;
                    break;
                case (byte)Opcode.ExtCodeHash:
                    gas = ExtCodeHash(sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    ip++;
                    break;

                case (byte)Opcode.BlockHash:
                    BlockHash(sp);
                    ip++;
                    break;
                case (byte)Opcode.Coinbase:
                    *sp++ = _blockWords.Coinbase;
                    ip++;
                    break;
                case (byte)Opcode.Timestamp:
                    *sp++ = new UInt256(_block.Timestamp);
                    ip++;
                    break;
                case (byte)Opcode.Number:
                    *sp++ = new UInt256(_block.Number);
                    ip++;
                    break;
                case (byte)Opcode.PrevRandao:
                    *sp++ = _blockWords.PrevRandao;
                    ip++;
                    break;
                case (byte)Opcode.GasLimit:
                    *sp++ = new UInt256(_block.GasLimit);
                    ip++;
                    break;
                case (byte)Opcode.ChainId:
                    *sp++ = new UInt256(_block.ChainId);
                    ip++;
                    break;
                case (byte)Opcode.SelfBalance:
                    *sp++ = frame.Account.Balance;
                    ip++;
                    break;
                case (byte)Opcode.BaseFee:
                    *sp++ = _block.BaseFee;
                    ip++;
                    break;
                case (byte)Opcode.BlobHash:
                    BlobHash(sp);
                    ip++;
                    break;
                case (byte)Opcode.BlobBaseFee:
                    *sp++ = _block.BlobBaseFee;
                    ip++;
                    break;

                case (byte)Opcode.Pop:
                    sp--;
                    ip++;
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
                    ip++;
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
                    ip++;
                    break;
                case (byte)Opcode.MStore8:
                    sp -= 2;
                    gas = Expand(frame, sp[1], 1, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    frame.Memory[sp[1].U0] = (byte)sp[0].U0;
                    ip++;
                    break;
                case (byte)Opcode.SLoad:
                    gas = SLoad(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    ip++;
                    break;
                case (byte)Opcode.SStore:
                    gas = SStore(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= 2;
                    ip++;
                    break;
                case (byte)Opcode.Jump:
                    sp--;
                    if (!sp[0].IsUInt64 || sp[0].U0 >= frame.CodeLength)
                    {
                        goto BadJump;
                    }

                    ip = frame.Stream + frame.JumpMap[sp[0].U0];
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

                    ip = frame.Stream + frame.JumpMap[sp[1].U0];
                    goto EnterBlock;
                case Instruction.JumpTo:
                    ip = frame.Stream + Unsafe.ReadUnaligned<int>(ip + 1);
                    goto EnterBlock;
                case Instruction.JumpToIf:
                    sp--;
                    if ((sp[0].U0 | sp[0].U1 | sp[0].U2 | sp[0].U3) == 0)
                    {
                        goto FallThrough;
                    }

                    goto TakeJump;
                case Instruction.JumpToUnless:
                    sp--;
                    if ((sp[0].U0 | sp[0].U1 | sp[0].U2 | sp[0].U3) == 0)
                    {
                        goto TakeJump;
                    }

                FallThrough:
                    ip += 1 + sizeof(int);
                    goto EnterBlock;
                TakeJump:
                    ip = frame.Stream + Unsafe.ReadUnaligned<int>(ip + 1);
                    goto EnterBlock;
                case Instruction.JumpIfLt:
                    sp -= 2;
                    if (UInt256.LessThan(sp[1], sp[0]))
                    {
                        goto TakeJump;
                    }

                    goto FallThrough;
                case Instruction.JumpUnlessLt:
                    sp -= 2;
                    if (UInt256.LessThan(sp[1], sp[0]))
                    {
                        goto FallThrough;
                    }

                    goto TakeJump;
                case Instruction.JumpIfGt:
                    sp -= 2;
                    if (UInt256.LessThan(sp[0], sp[1]))
                    {
                        goto TakeJump;
                    }

                    goto FallThrough;
                case Instruction.JumpUnlessGt:
                    sp -= 2;
                    if (UInt256.LessThan(sp[0], sp[1]))
                    {
                        goto FallThrough;
                    }

                    goto TakeJump;
                case Instruction.JumpIfSlt:
                    sp -= 2;
                    if (UInt256.SignedLessThan(sp[1], sp[0]))
                    {
                        goto TakeJump;
                    }

                    goto FallThrough;
                case Instruction.JumpUnlessSlt:
                    sp -= 2;
                    if (UInt256.SignedLessThan(sp[1], sp[0]))
                    {
                        goto FallThrough;
                    }

                    goto TakeJump;
                case Instruction.JumpIfSgt:
                    sp -= 2;
                    if (UInt256.SignedLessThan(sp[0], sp[1]))
                    {
                        goto TakeJump;
                    }

                    goto FallThrough;
                case Instruction.JumpUnlessSgt:
                    sp -= 2;
                    if (UInt256.SignedLessThan(sp[0], sp[1]))
                    {
                        goto FallThrough;
                    }

                    goto TakeJump;
                case Instruction.JumpIfEq:
                    sp -= 2;
                    if (((sp[0].U0 ^ sp[1].U0) | (sp[0].U1 ^ sp[1].U1) | (sp[0].U2 ^ sp[1].U2) | (sp[0].U3 ^ sp[1].U3)) == 0)
                    {
                        goto TakeJump;
                    }

                    goto FallThrough;
                case Instruction.JumpUnlessEq:
                    sp -= 2;
                    if (((sp[0].U0 ^ sp[1].U0) | (sp[0].U1 ^ sp[1].U1) | (sp[0].U2 ^ sp[1].U2) | (sp[0].U3 ^ sp[1].U3)) == 0)
                    {
                        goto FallThrough;
                    }

                    goto TakeJump;
                case (byte)Opcode.MSize:
                    *sp++ = new UInt256(frame.MemorySize);
                    ip++;
                    break;
                case (byte)Opcode.Gas:
                    *sp++ = new UInt256((ulong)gas);
                    ip++;
                    break;

                case Instruction.Block:
                EnterBlock:
                    gas -= Unsafe.ReadUnaligned<uint>(ip + 1);
                    long height = (byte*)sp - (byte*)frame.StackBase;
                    if (gas < 0 || height < Unsafe.ReadUnaligned<ushort>(ip + 5) || height + Unsafe.ReadUnaligned<ushort>(ip + 7) > StackBytes)
                    {
                        BlockRefused(frame, ip + 1, sp, gas);
                        goto Halt;
                    }

                    ip += Instruction.BlockLength;
                    break;

                case (byte)Opcode.TLoad:
                    sp[-1] = JournaledState.GetTransient(frame.Account, sp[-1]);
                    ip++;
                    break;
                case (byte)Opcode.TStore:
                    if (frame.IsStatic)
                    {
                        goto WriteProtection;
                    }

                    sp -= 2;
                    _state.SetTransient(frame.Account, sp[1], sp[0]);
                    ip++;
                    break;
                case (byte)Opcode.MCopy:
                    gas = MCopy(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= 3;
                    ip++;
                    break;

                case Instruction.PushWord:
                    *sp++ = new UInt256(Unsafe.ReadUnaligned<ulong>(ip + 1));
                    ip += 1 + sizeof(ulong);
                    break;
                case Instruction.PushFull:
                    *sp++ = Unsafe.ReadUnaligned<UInt256>(ip + 1);
                    ip += 1 + UInt256.Length;
                    break;

                case Instruction.AddWord:
                    ulong summand = Unsafe.ReadUnaligned<ulong>(ip + 1);
                    ulong sum = sp[-1].U0 + summand;
                    if (sum >= summand)
                    {
                        *(ulong*)(sp - 1) = sum;
                    }
                    else
                    {
                        sp[-1] = sp[-1] + new UInt256(summand);
                    }

                    ip += 1 + sizeof(ulong);
                    break;
                case Instruction.MLoadAt:
                    ulong source = Unsafe.ReadUnaligned<ulong>(ip + 1);
                    if (source >= frame.MemoryWords)
                    {
                        gas = Expand(frame, new UInt256(source), UInt256.Length, gas);
                        if (gas < 0)
                        {
                            goto Halt;
                        }
                    }

                    *sp++ = Words.Load(frame.Memory + source);
                    ip += 1 + sizeof(ulong);
                    break;
                case Instruction.MStoreAt:
                    sp--;
                    ulong destination = Unsafe.ReadUnaligned<ulong>(ip + 1);
                    if (destination >= frame.MemoryWords)
                    {
                        gas = Expand(frame, new UInt256(destination), UInt256.Length, gas);
                        if (gas < 0)
                        {
                            goto Halt;
                        }
                    }

                    Words.Store(frame.Memory + destination, sp[0]);
                    ip += 1 + sizeof(ulong);
                    break;
                case Instruction.ShlBy:
                    ShiftLeft(sp, ip[1]);
                    ip += 2;
                    break;
                case Instruction.ShrBy:
                    ShiftRight(sp, ip[1]);
                    ip += 2;
                    break;
                case Instruction.AndWord:
                    sp[-1] = new UInt256(sp[-1].U0 & Unsafe.ReadUnaligned<ulong>(ip + 1));
                    ip += 1 + sizeof(ulong);
                    break;
                case Instruction.AndFull:
                    sp[-1] = sp[-1] & *(UInt256*)(ip + 1);
                    ip += 1 + UInt256.Length;
                    break;
                case Instruction.Swap1Pop:
                    sp--;
                    Words.Copy(sp, sp - 1);
                    ip++;
                    break;
                case Instruction.Swap2Pop:
                    sp--;
                    Words.Copy(sp, sp - 2);
                    ip++;
                    break;

                case (byte)Opcode.Dup1:
                    Words.Copy(sp - 1, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup2:
                    Words.Copy(sp - 2, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup3:
                    Words.Copy(sp - 3, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup4:
                    Words.Copy(sp - 4, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup5:
                    Words.Copy(sp - 5, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup6:
                    Words.Copy(sp - 6, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup7:
                    Words.Copy(sp - 7, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup8:
                    Words.Copy(sp - 8, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup9:
                    Words.Copy(sp - 9, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup10:
                    Words.Copy(sp - 10, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup11:
                    Words.Copy(sp - 11, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup12:
                    Words.Copy(sp - 12, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup13:
                    Words.Copy(sp - 13, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup14:
                    Words.Copy(sp - 14, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup15:
                    Words.Copy(sp - 15, sp);
                    sp++;
                    ip++;
                    break;
                case (byte)Opcode.Dup16:
                    Words.Copy(sp - 16, sp);
                    sp++;
                    ip++;
                    break;

                case (byte)Opcode.Swap1:
                    Words.Swap(sp - 1, sp - 2);
                    ip++;
                    break;
                case (byte)Opcode.Swap2:
                    Words.Swap(sp - 1, sp - 3);
                    ip++;
                    break;
                case (byte)Opcode.Swap3:
                    Words.Swap(sp - 1, sp - 4);
                    ip++;
                    break;
                case (byte)Opcode.Swap4:
                    Words.Swap(sp - 1, sp - 5);
                    ip++;
                    break;
                case (byte)Opcode.Swap5:
                    Words.Swap(sp - 1, sp - 6);
                    ip++;
                    break;
                case (byte)Opcode.Swap6:
                    Words.Swap(sp - 1, sp - 7);
                    ip++;
                    break;
                case (byte)Opcode.Swap7:
                    Words.Swap(sp - 1, sp - 8);
                    ip++;
                    break;
                case (byte)Opcode.Swap8:
                    Words.Swap(sp - 1, sp - 9);
                    ip++;
                    break;
                case (byte)Opcode.Swap9:
                    Words.Swap(sp - 1, sp - 10);
                    ip++;
                    break;
                case (byte)Opcode.Swap10:
                    Words.Swap(sp - 1, sp - 11);
                    ip++;
                    break;
                case (byte)Opcode.Swap11:
                    Words.Swap(sp - 1, sp - 12);
                    ip++;
                    break;
                case (byte)Opcode.Swap12:
                    Words.Swap(sp - 1, sp - 13);
                    ip++;
                    break;
                case (byte)Opcode.Swap13:
                    Words.Swap(sp - 1, sp - 14);
                    ip++;
                    break;
                case (byte)Opcode.Swap14:
                    Words.Swap(sp - 1, sp - 15);
                    ip++;
                    break;
                case (byte)Opcode.Swap15:
                    Words.Swap(sp - 1, sp - 16);
                    ip++;
                    break;
                case (byte)Opcode.Swap16:
                    Words.Swap(sp - 1, sp - 17);
                    ip++;
                    break;

                case Instruction.Log0:
                case Instruction.Log1:
                case Instruction.Log2:
                case Instruction.Log3:
                case Instruction.Log4:
                    int topics = *ip - Instruction.Log0;
                    gas = EmitLog(frame, sp, gas, topics);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    sp -= topics + 2;
                    ip++;
                    break;

                case Instruction.Create:
                    gas = Create(frame, sp, gas, CallKind.Create);
                    sp -= 2;
                    ip++;
                    goto AfterCall;
                case Instruction.Create2:
                    gas = Create(frame, sp, gas, CallKind.Create2);
                    sp -= 3;
                    ip++;
                    goto AfterCall;
                case Instruction.Call:
                    gas = Call(frame, sp, gas, CallKind.Call);
                    sp -= 6;
                    ip++;
                    goto AfterCall;
                case Instruction.CallCode:
                    gas = Call(frame, sp, gas, CallKind.CallCode);
                    sp -= 6;
                    ip++;
                    goto AfterCall;
                case Instruction.DelegateCall:
                    gas = Call(frame, sp, gas, CallKind.DelegateCall);
                    sp -= 5;
                    ip++;
                    goto AfterCall;
                case Instruction.StaticCall:
                    gas = Call(frame, sp, gas, CallKind.StaticCall);
                    sp -= 5;
                    ip++;
                    goto AfterCall;

                case Instruction.Return:
                    gas = Output(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    frame.Gas = gas;
                    return Exit.Success;
                case Instruction.Revert:
                    gas = Output(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    frame.Gas = gas;
                    return Exit.Revert;
                case Instruction.SelfDestruct:
                    gas = SelfDestruct(frame, sp, gas);
                    if (gas < 0)
                    {
                        goto Halt;
                    }

                    frame.OutputLength = 0;
                    frame.Gas = gas;
                    return Exit.Success;

                case Instruction.Trace:
                    TraceStep(frame, ip + 1, sp, gas + Unsafe.ReadUnaligned<uint>(ip + 1 - Instruction.BlockLength));
                    ip += Instruction.TraceLength;
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
