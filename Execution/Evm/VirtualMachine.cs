using System.Buffers;
using System.Runtime.InteropServices;
using Cloud.Execution.Journal;
using Cloud.Execution.Precompiles;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <summary>The Ethereum virtual machine: runs calls on the state of one fork.</summary>
/// <remarks>
/// Calls nest on a stack of frames of its own, not on the thread's, so that depth is bounded by the protocol alone. Not safe for use by several threads; keep and reuse it,
/// since it owns its stack and memory.
/// </remarks>
public sealed unsafe partial class VirtualMachine : IDisposable
{
    private const int StackBytes = GasSchedule.MaxStackHeight * UInt256.Length;
    private const nuint StackAlignment = 64;

    private readonly ForkRules _rules;
    private readonly CodeCache _cache;
    private readonly PrecompileTable _precompiles;
    private readonly List<Frame> _frames = [];

    // The stacks of all nested calls: each starts where its caller's ends. The system commits pages as they are used.
    private UInt256* _stacks;

    private JournaledState _state = null!;
    private BlockContext _block = null!;
    private BlockWords _blockWords;
    private TransactionContext _transaction;
    private UInt256 _originWord;
    private Tracer? _tracer;
    private bool _stepwise;

    // What the last finished call returned, in the memory of its frame, which is not reused before the next call begins.
    private byte* _returnData;
    private int _returnLength;

    // Output of precompiled contracts.
    private byte* _scratch;
    private int _scratchLength;

    // The frame that a call instruction asks for, and why the running one halts.
    private Frame? _callee;
    private HaltReason _halt;

    /// <summary>A machine for the rules of one fork.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="cache">Where compiled code is kept; null for the process's own cache.</param>
    public VirtualMachine(ForkRules rules, CodeCache? cache = null)
    {
        _rules = rules;
        _cache = cache ?? CodeCache.Shared;
        _precompiles = PrecompileTable.Of(rules);
        _stacks = (UInt256*)NativeMemory.AlignedAlloc((nuint)StackBytes * (GasSchedule.MaxCallDepth + 2), StackAlignment);
    }

    /// <summary>Frees native memory.</summary>
    ~VirtualMachine() => Free();

    /// <summary>How a frame stopped running.</summary>
    private enum Exit
    {
        /// <summary>It wants a callee to run first.</summary>
        Enter,

        /// <summary>STOP, RETURN or SELFDESTRUCT.</summary>
        Success,

        /// <summary>REVERT.</summary>
        Revert,

        /// <summary>An exceptional halt.</summary>
        Halt,
    }

    /// <summary>The rules that this machine runs by.</summary>
    public ForkRules Rules => _rules;

    /// <summary>Sets state and block for the calls that follow.</summary>
    /// <param name="state">The fork to run on.</param>
    /// <param name="block">The block to run in.</param>
    public void SetBlock(JournaledState state, BlockContext block)
    {
        _state = state;
        _block = block;
        _blockWords = new BlockWords(block);
    }

    /// <summary>Sets the transaction for the calls that follow.</summary>
    /// <param name="transaction">Origin, price and blobs.</param>
    /// <param name="tracer">Who listens; null for nobody.</param>
    public void SetTransaction(in TransactionContext transaction, Tracer? tracer = null)
    {
        _transaction = transaction;
        _originWord = Words.Of(transaction.Origin);
        _tracer = tracer;
        _stepwise = tracer is { WantsSteps: true };
    }

    /// <summary>Runs a call from outside to its end. What it did stays in the state's open transaction, unless it failed.</summary>
    /// <param name="message">The call.</param>
    /// <returns>How it ended.</returns>
    public ExecutionResult Execute(in Message message)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(message.Gas);
        _returnData = null;
        _returnLength = 0;
        using MemoryHandle pinned = message.Input.Pin();
        Outcome outcome;
        Address? created = null;
        if (message.To is { } to)
        {
            outcome = CallFromOutside(message, to, (byte*)pinned.Pointer);
        }
        else
        {
            Address address = ContractAddress(message.Caller, message.Nonce);
            created = address;
            outcome = CreateFromOutside(message, address, (byte*)pinned.Pointer);
        }

        ExecutionResult result = outcome.Exit switch
        {
            Exit.Success => new ExecutionResult.Succeeded(outcome.GasLeft, Bytes.CopyOf(new ReadOnlySpan<byte>(_returnData, _returnLength)), created),
            Exit.Revert => new ExecutionResult.Reverted(outcome.GasLeft, Bytes.CopyOf(new ReadOnlySpan<byte>(_returnData, _returnLength))),
            _ => new ExecutionResult.Halted(_halt),
        };
        Trim();
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        foreach (Frame frame in _frames)
        {
            frame.Dispose();
        }

        _frames.Clear();
        GC.SuppressFinalize(this);
    }

    /// <summary>The address of a contract that CREATE makes (yellow paper section 7).</summary>
    /// <param name="creator">Who creates.</param>
    /// <param name="nonce">The creator's nonce before.</param>
    /// <returns>The address.</returns>
    public static Address ContractAddress(in Address creator, ulong nonce)
    {
        // rlp([creator, nonce]): the list is shorter than 56 bytes, so its header is one byte.
        Span<byte> encoded = stackalloc byte[32];
        encoded[1] = 0x80 + Address.Length;
        creator.CopyTo(encoded[2..]);
        int length = 2 + Address.Length;
        if (nonce == 0)
        {
            encoded[length++] = 0x80;
        }
        else
        {
            int bytes = (71 - System.Numerics.BitOperations.LeadingZeroCount(nonce)) / 8;
            if (nonce >= 0x80)
            {
                encoded[length++] = (byte)(0x80 + bytes);
            }

            for (int i = bytes - 1; i >= 0; i--)
            {
                encoded[length++] = (byte)(nonce >> (8 * i));
            }
        }

        encoded[0] = (byte)(0xc0 + length - 1);
        Hash256 hash = Keccak256.Hash(encoded[..length]);
        return new Address(Hash256.AsSpan(in hash)[12..]);
    }

    /// <summary>Runs a frame and all that it calls.</summary>
    private Outcome Run(Frame frame)
    {
        int bottom = frame.Depth;
        while (true)
        {
            Exit exit = Interpret(frame);
            if (exit == Exit.Enter)
            {
                frame = _callee!;
                continue;
            }

            exit = Finish(frame, exit);
            long gasLeft = frame.Gas;
            bool creation = frame.IsCreation;
            frame.Release();
            if (frame.Depth == bottom)
            {
                return new Outcome(exit, gasLeft);
            }

            Frame caller = _frames[frame.Depth - 1];
            caller.Gas += gasLeft;
            if (creation)
            {
                // Only a reason to revert is returned; the created code is not.
                caller.Sp[-1] = exit == Exit.Success ? frame.AddressWord : default;
                _returnLength = exit == Exit.Revert ? _returnLength : 0;
            }
            else
            {
                caller.Sp[-1] = exit == Exit.Success ? UInt256.One : default;
                CopyReturnData(caller, frame.ReturnOffset, frame.ReturnLength);
            }

            frame = caller;
        }
    }

    /// <summary>Settles what a frame did: keeps or undoes it, and stores created code.</summary>
    private Exit Finish(Frame frame, Exit exit)
    {
        if (exit == Exit.Success && frame.IsCreation)
        {
            exit = StoreCode(frame);
        }

        if (exit == Exit.Halt)
        {
            frame.Gas = 0;
            frame.OutputLength = 0;
        }

        if (exit != Exit.Success)
        {
            _state.Revert(frame.Snapshot);
        }

        _returnData = frame.Output;
        _returnLength = frame.OutputLength;
        _tracer?.OnExit(frame.GasGiven - frame.Gas, frame.OutputSpan, exit == Exit.Revert, exit == Exit.Halt ? _halt : HaltReason.None);
        return exit;
    }

    private Exit StoreCode(Frame frame)
    {
        ReadOnlySpan<byte> code = frame.OutputSpan;
        if (code.Length > GasSchedule.MaxCodeSize)
        {
            _halt = HaltReason.CodeTooLarge;
            return Exit.Halt;
        }

        if (!code.IsEmpty && code[0] == 0xEF)
        {
            _halt = HaltReason.InvalidCode;
            return Exit.Halt;
        }

        frame.Gas -= (long)code.Length * GasSchedule.CodeDepositByte;
        if (frame.Gas < 0)
        {
            _halt = HaltReason.CodeStoreOutOfGas;
            return Exit.Halt;
        }

        if (!code.IsEmpty)
        {
            _state.SetCode(frame.Account, code.ToArray());
        }

        return Exit.Success;
    }

    private void CopyReturnData(Frame caller, ulong offset, ulong length)
    {
        int count = (int)Math.Min((ulong)_returnLength, length);
        if (count > 0)
        {
            Buffer.MemoryCopy(_returnData, caller.Memory + offset, count, count);
        }
    }

    private Frame FrameAt(int depth)
    {
        while (_frames.Count <= depth)
        {
            _frames.Add(new Frame { Depth = _frames.Count });
        }

        return _frames[depth];
    }

    private CompiledCode Compiled(JournaledAccount account)
    {
        if (!account.HasCode)
        {
            return CompiledCode.Empty;
        }

        if (_stepwise)
        {
            return _cache.Get(account.CodeHash, _state.GetCode(account).Span, _rules.Opcodes, stepwise: true);
        }

        return account.Compiled ??= _cache.Get(account.CodeHash, _state.GetCode(account).Span, _rules.Opcodes, stepwise: false);
    }

    private byte* Scratch(int length)
    {
        if (length > _scratchLength)
        {
            _scratchLength = Math.Max(length, 1024);
            _scratch = (byte*)NativeMemory.Realloc(_scratch, (nuint)_scratchLength);
        }

        return _scratch;
    }

    private void Trim()
    {
        const int MaxKeptScratch = 1 << 20;
        _returnData = null;
        _returnLength = 0;
        foreach (Frame frame in _frames)
        {
            frame.Trim();
        }

        if (_scratchLength > MaxKeptScratch)
        {
            NativeMemory.Free(_scratch);
            _scratch = null;
            _scratchLength = 0;
        }
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_stacks);
        NativeMemory.Free(_scratch);
        _stacks = null;
        _scratch = null;
    }

    /// <summary>How a call ended, with what is left of its gas.</summary>
    private readonly record struct Outcome(Exit Exit, long GasLeft);

    /// <summary>The block's values as the stack holds them.</summary>
    private readonly struct BlockWords(BlockContext block)
    {
        public readonly UInt256 Coinbase = Words.Of(block.Coinbase);
        public readonly UInt256 PrevRandao = Words.Of(block.PrevRandao);
    }
}
