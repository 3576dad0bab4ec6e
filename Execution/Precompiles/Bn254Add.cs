using Cloud.Execution.Precompiles.Bn254;

namespace Cloud.Execution.Precompiles;

/// <summary>0x06: sum of two points of alt_bn128 (EIP-196, priced by EIP-1108).</summary>
internal sealed class Bn254Add : Precompile
{
    public override string Name => "BN254_ADD";

    public override long Gas(ReadOnlySpan<byte> input) => 150;

    public override int OutputRoom(ReadOnlySpan<byte> input) => G1Point.Length;

    public override bool TryRun(ReadOnlySpan<byte> input, Span<byte> output, out int written)
    {
        Span<byte> padded = stackalloc byte[2 * G1Point.Length];
        padded.Clear();
        input[..Math.Min(input.Length, padded.Length)].CopyTo(padded);
        written = G1Point.Length;
        if (!G1Point.TryRead(padded, out G1Point first) || !G1Point.TryRead(padded[G1Point.Length..], out G1Point second))
        {
            return false;
        }

        (first + second).Write(output);
        return true;
    }
}
