using Cloud.Execution.Precompiles.Bn254;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Precompiles;

/// <summary>0x07: a point of alt_bn128 multiplied by a number (EIP-196, priced by EIP-1108).</summary>
internal sealed class Bn254Mul : Precompile
{
    public override string Name => "BN254_MUL";

    public override long Gas(ReadOnlySpan<byte> input) => 6000;

    public override int OutputRoom(ReadOnlySpan<byte> input) => G1Point.Length;

    public override bool TryRun(ReadOnlySpan<byte> input, Span<byte> output, out int written)
    {
        Span<byte> padded = stackalloc byte[G1Point.Length + UInt256.Length];
        padded.Clear();
        input[..Math.Min(input.Length, padded.Length)].CopyTo(padded);
        written = G1Point.Length;
        if (!G1Point.TryRead(padded, out G1Point point))
        {
            return false;
        }

        point.Multiply(UInt256.FromBigEndian(padded[G1Point.Length..])).Write(output);
        return true;
    }
}
