using System.Runtime.InteropServices;
using Cloud.Execution.Journal;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <summary>One call in progress: its registers, its memory and what it knows of itself. Frames are kept and reused by depth.</summary>
internal sealed unsafe class Frame : IDisposable
{
    // Memory larger than this is given back after the transaction.
    private const ulong MaxKeptMemory = 1 << 20;

    private ulong _capacity;

    // Registers, saved while a callee runs.
    public byte* Ip;
    public UInt256* Sp;
    public long Gas;

    public UInt256* StackBase;

    /// <summary>Code in native memory, copied from <see cref="Code"/> for fewer steps.</summary>
    public byte* Stream;
    public int* JumpMap;
    public ulong CodeLength;

    /// <summary>Memory: <see cref="MemorySize"/> bytes, a multiple of 32. A word at an offset below <see cref="MemoryWords"/> lies inside.</summary>
    public byte* Memory;
    public ulong MemorySize;
    public ulong MemoryWords;

    public byte* Input;
    public int InputLength;

    public JournaledAccount Account = null!;
    public CompiledCode Code = null!;
    public Address Caller;
    public UInt256 AddressWord;
    public UInt256 CallerWord;
    public UInt256 Value;
    public CallKind Kind;
    public bool IsStatic;

    /// <summary>Gas at the beginning.</summary>
    public long GasGiven;

    public bool IsCodeOwned;
    public required int Depth { get; init; }

    public Snapshot Snapshot;

    // Where the caller wants the output.
    public ulong ReturnOffset;
    public ulong ReturnLength;

    public byte* Output;
    public int OutputLength;

    ~Frame() => NativeMemory.Free(Memory);

    public ReadOnlySpan<byte> InputSpan => new(Input, InputLength);

    public ReadOnlySpan<byte> OutputSpan => new(Output, OutputLength);

    public bool IsCreation => Kind >= CallKind.Create;

    public void ClearMemory()
    {
        MemorySize = 0;
        MemoryWords = 0;
    }

    /// <summary>Grows the memory with zeros.</summary>
    /// <param name="size">New size in bytes, a multiple of 32 that is greater than the old one.</param>
    public void GrowMemory(ulong size)
    {
        if (size > _capacity)
        {
            ulong capacity = Math.Max(4096, Math.Max(size, 2 * _capacity));
            Memory = (byte*)NativeMemory.Realloc(Memory, (nuint)capacity);
            _capacity = capacity;
        }

        NativeMemory.Clear(Memory + MemorySize, (nuint)(size - MemorySize));
        MemorySize = size;
        MemoryWords = size - UInt256.Length + 1;
    }

    /// <summary>Lets go of what only the finished call needed.</summary>
    public void Release()
    {
        if (IsCodeOwned)
        {
            Code.Dispose();
            IsCodeOwned = false;
        }

        Code = null!;
        Account = null!;
    }

    /// <summary>Gives memory back that was larger than usual.</summary>
    public void Trim()
    {
        if (_capacity > MaxKeptMemory)
        {
            NativeMemory.Free(Memory);
            Memory = null;
            _capacity = 0;
        }

        ClearMemory();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(Memory);
        Memory = null;
        _capacity = 0;
        GC.SuppressFinalize(this);
    }
}
