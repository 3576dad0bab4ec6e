using Cloud.Execution.Precompiles.Bn254;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Precompiles;

/// <summary>0x08: whether a product of pairings on alt_bn128 is one (EIP-197, priced by EIP-1108).</summary>
internal sealed class Bn254Pairing : Precompile
{
    private const int PairLength = G1Point.Length + G2Point.Length;

    public override string Name => "BN254_PAIRING";

    public override long Gas(ReadOnlySpan<byte> input) => 45_000 + (34_000L * (input.Length / PairLength));

    public override int OutputRoom(ReadOnlySpan<byte> input) => UInt256.Length;

    public override bool TryRun(ReadOnlySpan<byte> input, Span<byte> output, out int written)
    {
        written = UInt256.Length;
        if (input.Length % PairLength != 0)
        {
            return false;
        }

        int count = input.Length / PairLength;
        G1Point[] g1 = new G1Point[count];
        G2Point[] g2 = new G2Point[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> pair = input.Slice(i * PairLength, PairLength);
            if (!G1Point.TryRead(pair, out g1[i]) || !G2Point.TryRead(pair[G1Point.Length..], out g2[i]))
            {
                return false;
            }
        }

        new UInt256(Pairing.IsProductOne(g1, g2) ? 1UL : 0UL).WriteBigEndian(output);
        return true;
    }
}
