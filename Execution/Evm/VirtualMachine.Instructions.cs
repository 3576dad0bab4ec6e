using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Cloud.Execution.Journal;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <content>
/// Instructions that are too long for the loop. Those of arithmetic find their first operand above the stack's new top; the others find all operands below
/// <c>sp</c>, take the gas left and return it, negative for a halt with its reason in <c>_halt</c>.
/// </content>
public sealed unsafe partial class VirtualMachine
{
    // Memory beyond this costs trillions of gas, more than any block has; whoever asks for it is out of gas. Lengths fit an int so.
    private const ulong MaxMemory = int.MaxValue & ~31;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Multiply(UInt256* sp) => sp[-1] = sp[0] * sp[-1];

    private static void Divide(UInt256* sp) => sp[-1] = sp[-1].IsZero ? default : sp[0] / sp[-1];

    private static void SignedDivide(UInt256* sp) => sp[-1] = UInt256.SignedDivide(sp[0], sp[-1]);

    private static void Remainder(UInt256* sp) => sp[-1] = sp[-1].IsZero ? default : sp[0] % sp[-1];

    private static void SignedRemainder(UInt256* sp) => sp[-1] = UInt256.SignedRemainder(sp[0], sp[-1]);

    private static void AddMod(UInt256* sp) => sp[-1] = UInt256.AddMod(sp[1], sp[0], sp[-1]);

    private static void MulMod(UInt256* sp) => sp[-1] = UInt256.MulMod(sp[1], sp[0], sp[-1]);

    private static void Exp(UInt256* sp) => sp[-1] = UInt256.Exp(sp[0], sp[-1]);

    private static void SignExtend(UInt256* sp) => sp[-1] = UInt256.SignExtend(sp[0], sp[-1]);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ShiftLeft(UInt256* sp) => sp[-1] = IsShift(sp[0]) ? sp[-1] << (int)sp[0].U0 : default;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ShiftRight(UInt256* sp) => sp[-1] = IsShift(sp[0]) ? sp[-1] >> (int)sp[0].U0 : default;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ShiftRightArithmetic(UInt256* sp) => sp[-1] = UInt256.ShiftRightArithmetic(sp[-1], IsShift(sp[0]) ? (int)sp[0].U0 : 256);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ShiftLeft(UInt256* sp, int bits) => sp[-1] = sp[-1] << bits;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ShiftRight(UInt256* sp, int bits) => sp[-1] = sp[-1] >> bits;

    private static bool IsShift(in UInt256 shift) => shift.IsUInt64 && shift.U0 < 256;

    private static void CallDataLoad(Frame frame, UInt256* sp)
    {
        ulong length = (ulong)frame.InputLength;
        if (sp[-1].IsUInt64 && sp[-1].U0 < length)
        {
            ulong offset = sp[-1].U0;
            if (length - offset >= UInt256.Length)
            {
                sp[-1] = Words.Load(frame.Input + offset);
                return;
            }

            Span<byte> padded = stackalloc byte[UInt256.Length];
            padded.Clear();
            frame.InputSpan[(int)offset..].CopyTo(padded);
            sp[-1] = UInt256.FromBigEndian(padded);
            return;
        }

        sp[-1] = default;
    }

    /// <summary>Charges for memory up to the end of a range, and grows it there.</summary>
    private long Expand(Frame frame, in UInt256 offset, ulong length, long gas)
    {
        if (!offset.IsUInt64 || offset.U0 > MaxMemory || length > MaxMemory)
        {
            return OutOfGas();
        }

        ulong end = offset.U0 + length;
        return end <= frame.MemorySize ? gas : Grow(frame, end, gas);
    }

    /// <inheritdoc cref="Expand(Frame, in UInt256, ulong, long)"/>
    private long Expand(Frame frame, in UInt256 offset, in UInt256 length, long gas)
    {
        if (length.IsZero)
        {
            return gas;
        }

        return length.IsUInt64 ? Expand(frame, offset, length.U0, gas) : OutOfGas();
    }

    private long Grow(Frame frame, ulong end, long gas)
    {
        long words = GasSchedule.Words((long)end);
        gas -= GasSchedule.Memory(words) - GasSchedule.Memory((long)(frame.MemorySize >> 5));
        if (gas < 0 || end > MaxMemory)
        {
            return OutOfGas();
        }

        frame.GrowMemory((ulong)words << 5);
        return gas;
    }

    private long OutOfGas()
    {
        _halt = HaltReason.OutOfGas;
        return -1;
    }

    private long Halt(HaltReason reason)
    {
        _halt = reason;
        return -1;
    }

    private long Charge(long gas, long price) => gas >= price ? gas - price : OutOfGas();

    /// <summary>Charges for a range of memory and so much for each word that is read into or from it.</summary>
    private long ChargeRange(Frame frame, in UInt256 offset, in UInt256 length, int wordPrice, long gas)
    {
        gas = Expand(frame, offset, length, gas);
        return gas < 0 ? gas : Charge(gas, wordPrice * GasSchedule.Words((long)length.U0));
    }

    private long Keccak(Frame frame, UInt256* sp, long gas)
    {
        gas = ChargeRange(frame, sp[-1], sp[-2], GasSchedule.KeccakWord, gas);
        if (gas >= 0)
        {
            Hash256 hash = Keccak256.Hash(sp[-2].IsZero ? default : new ReadOnlySpan<byte>(frame.Memory + sp[-1].U0, (int)sp[-2].U0));
            sp[-2] = Words.Load((byte*)&hash);
        }

        return gas;
    }

    private JournaledAccount AccessAccount(in UInt256 word, ref long gas)
    {
        JournaledAccount account = _state.GetAccount(Words.ToAddress(word));
        if (_state.WarmUp(account) && !_precompiles.Contains(word))
        {
            gas -= GasSchedule.ColdAccountAccess - GasSchedule.WarmAccess;
        }

        return account;
    }

    private long Balance(UInt256* sp, long gas)
    {
        sp[-1] = AccessAccount(sp[-1], ref gas).Balance;
        return gas < 0 ? OutOfGas() : gas;
    }

    private long ExtCodeSize(UInt256* sp, long gas)
    {
        JournaledAccount account = AccessAccount(sp[-1], ref gas);
        sp[-1] = account.HasCode ? new UInt256((ulong)_state.GetCode(account).Length) : default;
        return gas < 0 ? OutOfGas() : gas;
    }

    private long ExtCodeHash(UInt256* sp, long gas)
    {
        JournaledAccount account = AccessAccount(sp[-1], ref gas);
        sp[-1] = account.IsEmpty ? default : Words.Of(account.CodeHash);
        return gas < 0 ? OutOfGas() : gas;
    }

    private long ExtCodeCopy(Frame frame, UInt256* sp, long gas)
    {
        JournaledAccount account = AccessAccount(sp[-1], ref gas);
        if (gas < 0)
        {
            return OutOfGas();
        }

        fixed (byte* code = _state.GetCode(account).Span)
        {
            return Copy(frame, code, (ulong)_state.GetCode(account).Length, sp - 1, gas);
        }
    }

    private long CallDataCopy(Frame frame, UInt256* sp, long gas) => Copy(frame, frame.Input, (ulong)frame.InputLength, sp, gas);

    private long CodeCopy(Frame frame, UInt256* sp, long gas) => Copy(frame, frame.Code.Code, frame.CodeLength, sp, gas);

    private long ReturnDataCopy(Frame frame, UInt256* sp, long gas)
    {
        ulong available = (ulong)_returnLength;
        return !sp[-2].IsUInt64 || !sp[-3].IsUInt64 || sp[-2].U0 > available || sp[-3].U0 > available - sp[-2].U0
            ? Halt(HaltReason.ReturnDataOutOfBounds)
            : Copy(frame, _returnData, available, sp, gas);
    }

    /// <summary>Copies to memory at sp[-1] from the source at sp[-2] so many bytes as sp[-3] says; behind the source's end come zeros.</summary>
    private long Copy(Frame frame, byte* source, ulong sourceLength, UInt256* sp, long gas)
    {
        gas = ChargeRange(frame, sp[-1], sp[-3], GasSchedule.CopyWord, gas);
        ulong length = sp[-3].U0;
        if (gas < 0 || length == 0)
        {
            return gas;
        }

        byte* destination = frame.Memory + sp[-1].U0;
        ulong start = sp[-2].IsUInt64 ? Math.Min(sp[-2].U0, sourceLength) : sourceLength;
        ulong present = Math.Min(length, sourceLength - start);
        Buffer.MemoryCopy(source + start, destination, present, present);
        new Span<byte>(destination + present, (int)(length - present)).Clear();
        return gas;
    }

    private long MCopy(Frame frame, UInt256* sp, long gas)
    {
        gas = ChargeRange(frame, UInt256.Max(sp[-1], sp[-2]), sp[-3], GasSchedule.CopyWord, gas);
        ulong length = sp[-3].U0;
        if (gas >= 0 && length != 0)
        {
            Buffer.MemoryCopy(frame.Memory + sp[-2].U0, frame.Memory + sp[-1].U0, length, length);
        }

        return gas;
    }

    private void BlockHash(UInt256* sp)
    {
        UInt256 number = sp[-1];
        ulong current = _block.Number;
        bool isRecent = number.IsUInt64 && number.U0 < current && current - number.U0 <= 256;
        sp[-1] = isRecent && _block.BlockHashes is { } hashes ? Words.Of(hashes.GetBlockHash(number.U0)) : default;
    }

    private void BlobHash(UInt256* sp)
    {
        ImmutableArray<Hash256> hashes = _transaction.BlobHashes;
        sp[-1] = !hashes.IsDefault && sp[-1] < (ulong)hashes.Length ? Words.Of(hashes[(int)sp[-1].U0]) : default;
    }

    private long SLoad(Frame frame, UInt256* sp, long gas)
    {
        JournaledAccount account = frame.Account;
        int index = _state.WarmSlot(account, sp[-1], out bool wasCold);
        sp[-1] = account.Slots[index].Current;
        return wasCold ? Charge(gas, GasSchedule.ColdStorageAccess - GasSchedule.WarmAccess) : gas;
    }

    // EIP-2200 with the prices of EIP-2929 and the refunds of EIP-3529.
    private long SStore(Frame frame, UInt256* sp, long gas)
    {
        if (frame.IsStatic)
        {
            return Halt(HaltReason.WriteProtection);
        }

        if (gas <= GasSchedule.StorageSentry)
        {
            return OutOfGas();
        }

        JournaledAccount account = frame.Account;
        int index = _state.WarmSlot(account, sp[-1], out bool wasCold);
        ref readonly StorageSlot slot = ref account.Slots[index];
        UInt256 value = sp[-2];
        long price = wasCold ? GasSchedule.ColdStorageAccess : 0;
        if (slot.Current == value)
        {
            return Charge(gas, price + GasSchedule.WarmAccess);
        }

        UInt256 original = _state.Original(slot);
        long refund = 0;
        if (original == slot.Current)
        {
            price += original.IsZero ? GasSchedule.StorageSet : GasSchedule.StorageReset;
            refund = !original.IsZero && value.IsZero ? GasSchedule.StorageClearRefund : 0;
        }
        else
        {
            price += GasSchedule.WarmAccess;
            if (!original.IsZero)
            {
                refund += slot.Current.IsZero ? -GasSchedule.StorageClearRefund : value.IsZero ? GasSchedule.StorageClearRefund : 0;
            }

            if (original == value)
            {
                refund += (original.IsZero ? GasSchedule.StorageSet : GasSchedule.StorageReset) - GasSchedule.WarmAccess;
            }
        }

        gas = Charge(gas, price);
        if (gas >= 0)
        {
            _state.Refund += refund;
            _state.SetStorage(account, index, value);
        }

        return gas;
    }

    private long EmitLog(Frame frame, UInt256* sp, long gas, int count)
    {
        if (frame.IsStatic)
        {
            return Halt(HaltReason.WriteProtection);
        }

        gas = Expand(frame, sp[-1], sp[-2], gas);
        if (gas < 0)
        {
            return gas;
        }

        gas = Charge(gas, GasSchedule.LogByte * (long)sp[-2].U0);
        if (gas < 0)
        {
            return gas;
        }

        Hash256[] topics = count == 0 ? [] : new Hash256[count];
        for (int i = 0; i < count; i++)
        {
            topics[i] = Words.ToHash(sp[-3 - i]);
        }

        Bytes data = sp[-2].IsZero ? Bytes.Empty : Bytes.CopyOf(new ReadOnlySpan<byte>(frame.Memory + sp[-1].U0, (int)sp[-2].U0));
        Log log = new(frame.Account.Address, System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(topics), data);
        _state.AddLog(log);
        _tracer?.OnLog(log);
        return gas;
    }

    /// <summary>Points the frame's output at the memory that RETURN or REVERT names.</summary>
    private long Output(Frame frame, UInt256* sp, long gas)
    {
        gas = Expand(frame, sp[-1], sp[-2], gas);
        if (gas >= 0)
        {
            frame.OutputLength = (int)sp[-2].U0;
            frame.Output = sp[-2].IsZero ? null : frame.Memory + sp[-1].U0;
        }

        return gas;
    }

    // EIP-6780: moves the balance, and deletes only what the same transaction created.
    private long SelfDestruct(Frame frame, UInt256* sp, long gas)
    {
        if (frame.IsStatic)
        {
            return Halt(HaltReason.WriteProtection);
        }

        JournaledAccount account = frame.Account;
        JournaledAccount beneficiary = _state.GetAccount(Words.ToAddress(sp[-1]));
        if (_state.WarmUp(beneficiary) && !_precompiles.Contains(sp[-1]))
        {
            gas -= GasSchedule.ColdAccountAccess;
        }

        if (beneficiary.IsEmpty && !account.Balance.IsZero)
        {
            gas -= GasSchedule.NewAccount;
        }

        if (gas < 0)
        {
            return OutOfGas();
        }

        UInt256 balance = account.Balance;
        _tracer?.OnSelfDestruct(account.Address, beneficiary.Address, balance);
        if (beneficiary != account)
        {
            if (balance.IsZero)
            {
                _state.Touch(beneficiary);
            }
            else
            {
                _state.Transfer(account, beneficiary, balance);
            }
        }

        if (_state.IsCreatedHere(account))
        {
            _state.SetBalance(account, default);
            _state.Destruct(account);
        }

        return gas;
    }

    /// <summary>Finds out why a block could not be entered, and tells a tracer about the instruction where there is one.</summary>
    private void BlockRefused(Frame frame, byte* header, UInt256* sp, long gas)
    {
        long height = (byte*)sp - (byte*)frame.StackBase;
        _halt = height < Unsafe.ReadUnaligned<ushort>(header + 4) ? HaltReason.StackUnderflow
            : height + Unsafe.ReadUnaligned<ushort>(header + 6) > StackBytes ? HaltReason.StackOverflow
            : HaltReason.OutOfGas;
        if (_stepwise)
        {
            byte* trace = header + Instruction.BlockLength;
            ReportStep(frame, trace, sp, gas + Unsafe.ReadUnaligned<uint>(header), _halt);
        }
    }

    private void TraceStep(Frame frame, byte* operands, UInt256* sp, long gas) => ReportStep(frame, operands, sp, gas, HaltReason.None);

    private void ReportStep(Frame frame, byte* operands, UInt256* sp, long gas, HaltReason halt) => _tracer!.OnStep(new StepInfo
    {
        Pc = Unsafe.ReadUnaligned<int>(operands),
        Opcode = (Opcode)operands[sizeof(int)],
        Gas = gas,
        Depth = frame.Depth,
        Contract = frame.Account.Address,
        Stack = new ReadOnlySpan<UInt256>(frame.StackBase, (int)(sp - frame.StackBase)),
        Memory = new ReadOnlySpan<byte>(frame.Memory, (int)frame.MemorySize),
        ReturnData = new ReadOnlySpan<byte>(_returnData, _returnLength),
        Refund = _state.Refund,
        Halt = halt,
    });
}
