using System.Globalization;
using System.Text;
using Cloud.Execution.Evm;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Eth;

/// <summary>How calls that fail are told, with the words that Ethereum clients agree on: tools match them.</summary>
internal static class CallErrors
{
    private const int SelectorLength = 4;
    private const int WordLength = 32;
    private const int MaxReasonLength = 4096;

    private static ReadOnlySpan<byte> ErrorSelector => [0x08, 0xc3, 0x79, 0xa0];

    private static ReadOnlySpan<byte> PanicSelector => [0x4e, 0x48, 0x7b, 0x71];

    /// <summary>A call that reverted.</summary>
    /// <param name="output">Its reason, as the contract encoded it.</param>
    /// <returns>Code 3, the reason in words where it has a known form, and the reason as data.</returns>
    public static RpcError Reverted(Bytes output) => new(RpcErrorCode.Reverted, RevertText(output), output.ToString());

    /// <summary>A call that reverted, in words.</summary>
    /// <param name="output">Its reason, as the contract encoded it.</param>
    /// <returns>A text.</returns>
    public static string RevertText(Bytes output) => ReasonOf(output.Span) is { } reason ? $"execution reverted: {reason}" : "execution reverted";

    /// <summary>A call that halted.</summary>
    /// <param name="reason">Why.</param>
    /// <returns>A text.</returns>
    public static string TextOf(HaltReason reason) => reason switch
    {
        HaltReason.OutOfGas => "out of gas",
        HaltReason.StackUnderflow => "stack underflow",
        HaltReason.StackOverflow => "stack limit reached 1024 (1023)",
        HaltReason.InvalidJump => "invalid jump destination",
        HaltReason.InvalidOpcode => "invalid opcode",
        HaltReason.WriteProtection => "write protection",
        HaltReason.ReturnDataOutOfBounds => "return data out of bounds",
        HaltReason.InitCodeTooLarge => "max initcode size exceeded",
        HaltReason.CodeTooLarge => "max code size exceeded",
        HaltReason.InvalidCode => "invalid code: must not begin with 0xef",
        HaltReason.CodeStoreOutOfGas => "contract creation code storage out of gas",
        HaltReason.AddressCollision => "contract address collision",
        HaltReason.PrecompileFailed => "execution failed in a precompiled contract",
        _ => "execution failed",
    };

    /// <summary>How a call failed.</summary>
    /// <param name="execution">How it ended.</param>
    /// <returns>Null where it ran to its end.</returns>
    public static RpcError? Of(ExecutionResult? execution) => execution switch
    {
        ExecutionResult.Reverted reverted => Reverted(reverted.Output),
        ExecutionResult.Halted halted => RpcError.Server(TextOf(halted.Reason)),
        _ => null,
    };

    /// <summary>The reason of a revert in words.</summary>
    /// <param name="output">The reason, as the contract encoded it.</param>
    /// <returns>Null where it has no form that is known.</returns>
    public static string? ReasonOf(ReadOnlySpan<byte> output)
    {
        if (output.StartsWith(PanicSelector) && output.Length == SelectorLength + WordLength)
        {
            UInt256 code = UInt256.FromBigEndian(output[SelectorLength..]);
            return code.IsUInt64 ? PanicText(code.U0) : $"unknown panic code: {code.ToQuantity()}";
        }

        if (!output.StartsWith(ErrorSelector) || output.Length < SelectorLength + (2 * WordLength))
        {
            return null;
        }

        UInt256 offset = UInt256.FromBigEndian(output.Slice(SelectorLength, WordLength));
        UInt256 length = UInt256.FromBigEndian(output.Slice(SelectorLength + WordLength, WordLength));
        ReadOnlySpan<byte> text = output[(SelectorLength + (2 * WordLength))..];
        return offset == (UInt256)(ulong)WordLength && length <= (UInt256)(ulong)Math.Min(text.Length, MaxReasonLength) ? Encoding.UTF8.GetString(text[..(int)length.U0]) : null;
    }

    private static string PanicText(ulong code) => code switch
    {
        0x00 => "generic panic",
        0x01 => "assert(false)",
        0x11 => "arithmetic underflow or overflow",
        0x12 => "division or modulo by zero",
        0x21 => "enum overflow",
        0x22 => "invalid encoded storage byte array accessed",
        0x31 => "out-of-bounds array access; popped on an empty array",
        0x32 => "out-of-bounds access of an array or bytesN",
        0x41 => "out of memory",
        0x51 => "uninitialized function",
        _ => string.Create(CultureInfo.InvariantCulture, $"unknown panic code: 0x{code:x}"),
    };
}
