using System.Security.Cryptography;
using Cloud.Execution.Evm;

namespace Cloud.Execution.Precompiles;

/// <summary>0x02: SHA-256.</summary>
internal sealed class Sha256 : Precompile
{
    public override string Name => "SHA256";

    public override long Gas(ReadOnlySpan<byte> input) => 60 + (12 * GasSchedule.Words(input.Length));

    public override int OutputRoom(ReadOnlySpan<byte> input) => SHA256.HashSizeInBytes;

    public override bool TryRun(ReadOnlySpan<byte> input, Span<byte> output, out int written)
    {
        written = SHA256.HashData(input, output);
        return true;
    }
}
