using System.Globalization;
using System.Text.Json;
using Cloud.Execution.Evm;

namespace Cloud.Gateway.Tracing;

/// <summary>Opcodes as traces name them.</summary>
internal static class OpcodeNames
{
    private static readonly JsonEncodedText[] Names = [.. Enumerable.Range(0, 256).Select(code => JsonEncodedText.Encode(NameOf((Opcode)code)))];

    /// <summary>Name of an opcode.</summary>
    /// <param name="opcode">The byte.</param>
    /// <returns>In capitals; a sentence for a byte that is none.</returns>
    public static JsonEncodedText Of(Opcode opcode) => Names[(byte)opcode];

    private static string NameOf(Opcode opcode) => Enum.IsDefined(opcode)
        ? opcode.ToString().ToUpperInvariant()
        : string.Create(CultureInfo.InvariantCulture, $"opcode 0x{(byte)opcode:x} not defined");
}
