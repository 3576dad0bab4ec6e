using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Precompiles;

/// <summary>0x0a: verifies a KZG proof of a blob's value at a point (EIP-4844). Returns the number of field elements of a blob and their modulus.</summary>
internal sealed class PointEvaluation : Precompile
{
    private const int FieldElementsPerBlob = 4096;

    public override string Name => "KZG_POINT_EVALUATION";

    public override long Gas(ReadOnlySpan<byte> input) => 50_000;

    public override int OutputRoom(ReadOnlySpan<byte> input) => 2 * UInt256.Length;

    public override bool TryRun(ReadOnlySpan<byte> input, Span<byte> output, out int written)
    {
        written = 2 * UInt256.Length;
        ((UInt256)FieldElementsPerBlob).WriteBigEndian(output);
        Kzg.FieldModulus.CopyTo(output[UInt256.Length..]);
        return Kzg.EvaluatePoint(input) == KzgFault.None;
    }
}
