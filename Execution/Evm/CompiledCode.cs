using System.Runtime.InteropServices;

namespace Cloud.Execution.Evm;

/// <summary>Bytecode in the form that the interpreter runs; see <see cref="CodeCompiler"/>. Immutable once compiled; lives in native memory, so that pointers into it stay.</summary>
internal sealed unsafe class CompiledCode : IDisposable
{
    private byte* _stream;

    /// <summary>Copies the bytecode and makes room for the jump map.</summary>
    /// <param name="code">The bytecode.</param>
    public CompiledCode(ReadOnlySpan<byte> code)
    {
        nuint mapSize = (nuint)code.Length * sizeof(int);
        JumpMap = (int*)NativeMemory.Alloc(mapSize + (nuint)code.Length);
        NativeMemory.Clear(JumpMap, mapSize);
        Code = (byte*)JumpMap + mapSize;
        Length = code.Length;
        code.CopyTo(new Span<byte>(Code, Length));
    }

    ~CompiledCode() => Free();

    /// <summary>No code at all: stops at once.</summary>
    public static CompiledCode Empty { get; } = CodeCompiler.Compile([], ForkRules.Cancun.Opcodes, stepwise: false);

    /// <summary>The bytecode.</summary>
    public byte* Code { get; private set; }

    /// <summary>Length of the bytecode.</summary>
    public int Length { get; }

    /// <summary>For each position of the bytecode the offset of its block in the stream; 0 where there is no JUMPDEST.</summary>
    public int* JumpMap { get; private set; }

    /// <summary>The instruction stream. At 0 stands the landing place of invalid jumps, at <see cref="CodeCompiler.Entry"/> the first block.</summary>
    public byte* Stream => _stream;

    /// <summary>Bytes of native memory.</summary>
    public long Size { get; private set; }

    /// <summary>Copies the finished stream.</summary>
    /// <param name="stream">What the compiler wrote.</param>
    public void Complete(ReadOnlySpan<byte> stream)
    {
        _stream = (byte*)NativeMemory.Alloc((nuint)stream.Length);
        stream.CopyTo(new Span<byte>(_stream, stream.Length));
        Size = ((long)Length * (sizeof(int) + 1)) + stream.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(JumpMap);
        NativeMemory.Free(_stream);
        JumpMap = null;
        Code = _stream = null;
    }
}
