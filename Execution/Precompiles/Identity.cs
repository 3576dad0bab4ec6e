using Cloud.Execution.Evm;

namespace Cloud.Execution.Precompiles;

/// <summary>0x04: returns its input.</summary>
internal sealed class Identity : Precompile
{
    public override string Name => "ID";

    public override long Gas(ReadOnlySpan<byte> input) => 15 + (3 * GasSchedule.Words(input.Length));

    public override int OutputRoom(ReadOnlySpan<byte> input) => input.Length;

    public override bool TryRun(ReadOnlySpan<byte> input, Span<byte> output, out int written)
    {
        input.CopyTo(output);
        written = input.Length;
        return true;
    }
}
