using System.Numerics;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Precompiles;

/// <summary>0x05: modular power (EIP-198), priced by EIP-2565 or, with bounded operands, by EIP-7823 and EIP-7883.</summary>
internal sealed class ModExp(bool isBounded) : Precompile
{
    private const int HeaderLength = 3 * UInt256.Length;
    private const ulong MaxOperandLength = 1024;

    public override string Name => "MODEXP";

    public override long Gas(ReadOnlySpan<byte> input)
    {
        UInt256 baseLength = Header(input, 0);
        UInt256 exponentLength = Header(input, 1);
        UInt256 modulusLength = Header(input, 2);
        UInt256 longest = UInt256.Max(baseLength, modulusLength);
        long minimum = isBounded ? 500 : 200;
        if (isBounded && (longest > MaxOperandLength || exponentLength > MaxOperandLength))
        {
            return long.MaxValue;
        }

        if (longest.IsZero && !isBounded)
        {
            return minimum;
        }

        if (longest > uint.MaxValue || exponentLength > uint.MaxValue)
        {
            // The price of a longer operand is beyond any gas limit, save where the exponent is long and nothing is to be multiplied.
            return long.MaxValue;
        }

        UInt128 words = (longest.U0 + 7) / 8;
        UInt128 complexity = !isBounded ? words * words : longest.U0 <= 32 ? 16 : 2 * words * words;
        UInt128 price = complexity * Iterations(input, baseLength, exponentLength.U0);
        price = isBounded ? price : price / 3;
        return price > long.MaxValue ? long.MaxValue : Math.Max(minimum, (long)price);
    }

    public override int OutputRoom(ReadOnlySpan<byte> input) => Header(input, 2) is { IsUInt64: true, U0: <= int.MaxValue } length ? (int)length.U0 : 0;

    public override bool TryRun(ReadOnlySpan<byte> input, Span<byte> output, out int written)
    {
        int length = OutputRoom(input);
        written = length;
        if (length == 0)
        {
            return true;
        }

        // What was paid for bounds the lengths of base and modulus, and that of the exponent as long as the modulus is not empty.
        int baseLength = (int)Header(input, 0).U0;
        int exponentLength = (int)Header(input, 1).U0;
        ReadOnlySpan<byte> operands = input.Length > HeaderLength ? input[HeaderLength..] : default;
        BigInteger value = Operand(operands, 0, baseLength);
        BigInteger exponent = Operand(operands, baseLength, exponentLength);
        BigInteger modulus = Operand(operands, (long)baseLength + exponentLength, length);
        BigInteger result = modulus <= BigInteger.One ? BigInteger.Zero : ModularPower.Compute(value, exponent, modulus);
        output = output[..length];
        output.Clear();
        int bytes = result.GetByteCount(isUnsigned: true);
        result.TryWriteBytes(output[(length - Math.Min(bytes, length))..], out _, isUnsigned: true, isBigEndian: true);
        return true;
    }

    private static UInt256 Header(ReadOnlySpan<byte> input, int index)
    {
        Span<byte> padded = stackalloc byte[UInt256.Length];
        padded.Clear();
        int start = Math.Min(index * UInt256.Length, input.Length);
        input[start..Math.Min(start + UInt256.Length, input.Length)].CopyTo(padded);
        return UInt256.FromBigEndian(padded);
    }

    private static BigInteger Operand(ReadOnlySpan<byte> operands, long offset, int length)
    {
        int start = (int)Math.Min(offset, operands.Length);
        int present = Math.Min(length, operands.Length - start);
        BigInteger read = new(operands.Slice(start, present), isUnsigned: true, isBigEndian: true);
        return read.IsZero ? read : read << (8 * (length - present));
    }

    private UInt128 Iterations(ReadOnlySpan<byte> input, in UInt256 baseLength, ulong exponentLength)
    {
        int headLength = (int)Math.Min(exponentLength, UInt256.Length);
        Span<byte> head = stackalloc byte[UInt256.Length];
        head.Clear();
        if (baseLength < (ulong)input.Length && HeaderLength + baseLength.U0 < (ulong)input.Length)
        {
            int start = HeaderLength + (int)baseLength.U0;
            input.Slice(start, Math.Min(headLength, input.Length - start)).CopyTo(head);
        }

        int bits = UInt256.FromBigEndian(head[..headLength]).BitLength;
        ulong beyond = exponentLength > UInt256.Length ? exponentLength - UInt256.Length : 0;
        UInt128 iterations = ((UInt128)beyond * (isBounded ? 16u : 8u)) + (uint)Math.Max(0, bits - 1);
        return iterations == 0 ? 1 : iterations;
    }
}
