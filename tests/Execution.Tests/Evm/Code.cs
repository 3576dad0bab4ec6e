using Cloud.Execution.Evm;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Tests.Evm;

/// <summary>Assembles bytecode.</summary>
internal sealed class Code
{
    private readonly List<byte> _bytes = [];

    public int Length => _bytes.Count;

    public byte[] Bytes => [.. _bytes];

    public static implicit operator byte[](Code code) => code.Bytes;

    public Code Op(params ReadOnlySpan<Opcode> opcodes)
    {
        foreach (Opcode opcode in opcodes)
        {
            _bytes.Add((byte)opcode);
        }

        return this;
    }

    /// <summary>The shortest PUSH of a value.</summary>
    public Code Push(in UInt256 value) => Push(value, value.ByteLength);

    /// <summary>A PUSH of so many bytes.</summary>
    public Code Push(in UInt256 value, int length)
    {
        Span<byte> word = stackalloc byte[UInt256.Length];
        value.WriteBigEndian(word);
        _bytes.Add((byte)((int)Opcode.Push0 + length));
        _bytes.AddRange(word[(UInt256.Length - length)..]);
        return this;
    }

    public Code Push(in Address value)
    {
        _bytes.Add((byte)Opcode.Push20);
        _bytes.AddRange(value.ToArray());
        return this;
    }

    public Code Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>Returns the word on top of the stack.</summary>
    public Code ReturnTop() => Push(0UL).Op(Opcode.MStore).Push(32UL).Push(0UL).Op(Opcode.Return);

    /// <summary>CALL with all gas and no output.</summary>
    public Code Call(in Address to, in UInt256 value = default) => Push(0UL).Push(0UL).Push(0UL).Push(0UL).Push(value).Push(to).Op(Opcode.Gas, Opcode.Call);
}
