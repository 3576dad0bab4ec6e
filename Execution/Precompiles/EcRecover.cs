using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Precompiles;

/// <summary>0x01: the address that signed a digest. Input digest, v (27 or 28), r and s, a word each; the output is empty where no key fits.</summary>
internal sealed class EcRecover : Precompile
{
    private const int InputLength = 4 * UInt256.Length;

    public override string Name => "ECREC";

    public override long Gas(ReadOnlySpan<byte> input) => 3000;

    public override int OutputRoom(ReadOnlySpan<byte> input) => UInt256.Length;

    public override bool TryRun(ReadOnlySpan<byte> input, Span<byte> output, out int written)
    {
        Span<byte> padded = stackalloc byte[InputLength];
        padded.Clear();
        input[..Math.Min(input.Length, InputLength)].CopyTo(padded);
        written = 0;
        UInt256 v = UInt256.FromBigEndian(padded[32..64]);
        if (v != 27 && v != 28)
        {
            return true;
        }

        Signature signature = new(UInt256.FromBigEndian(padded[64..96]), UInt256.FromBigEndian(padded[96..]), (byte)(v.U0 - 27));
        if (!Secp256k1.TryRecoverAllowingHighS(new Hash256(padded[..32]), signature, out Address signer))
        {
            return true;
        }

        output[..12].Clear();
        signer.CopyTo(output[12..]);
        written = UInt256.Length;
        return true;
    }
}
