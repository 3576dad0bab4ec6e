using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Precompiles;

/// <summary>0x100: verifies an ECDSA signature over secp256r1 (EIP-7951). Returns one in a word, or nothing where the signature is wrong.</summary>
internal sealed class P256Verify : Precompile
{
    public override string Name => "P256VERIFY";

    public override long Gas(ReadOnlySpan<byte> input) => 6900;

    public override int OutputRoom(ReadOnlySpan<byte> input) => UInt256.Length;

    public override bool TryRun(ReadOnlySpan<byte> input, Span<byte> output, out int written)
    {
        written = 0;
        if (Secp256r1.Verify(input))
        {
            UInt256.One.WriteBigEndian(output);
            written = UInt256.Length;
        }

        return true;
    }
}
