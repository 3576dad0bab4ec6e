using System.Buffers;

namespace Cloud.Protocol.Primitives;

/// <summary>Hex text with the 0x prefix, as Ethereum's JSON uses it.</summary>
public static class Hex
{
    /// <summary>Lower-case hex with the 0x prefix.</summary>
    /// <param name="bytes">What to encode.</param>
    /// <returns>Two digits a byte after the prefix.</returns>
    public static string Encode(ReadOnlySpan<byte> bytes) => string.Concat("0x", Convert.ToHexStringLower(bytes));

    /// <summary>Writes lower-case hex with the 0x prefix.</summary>
    /// <param name="bytes">What to encode.</param>
    /// <param name="destination">Needs two characters a byte, and two for the prefix.</param>
    /// <param name="charsWritten">How many characters were written; 0 where the room is too small.</param>
    /// <returns>False where the room is too small.</returns>
    public static bool TryEncode(ReadOnlySpan<byte> bytes, Span<char> destination, out int charsWritten)
    {
        if (destination.Length < (bytes.Length * 2) + 2)
        {
            charsWritten = 0;
            return false;
        }

        destination[0] = '0';
        destination[1] = 'x';
        Convert.TryToHexStringLower(bytes, destination[2..], out int digits);
        charsWritten = digits + 2;
        return true;
    }

    /// <summary>Decodes text, with or without the 0x prefix, that must give exactly as many bytes as the destination has.</summary>
    /// <param name="text">An even number of hex digits.</param>
    /// <param name="destination">Filled completely on success.</param>
    /// <returns>False where the text has another length or a character that is no hex digit.</returns>
    public static bool TryDecodeExactly(ReadOnlySpan<char> text, Span<byte> destination)
    {
        text = WithoutPrefix(text);
        return text.Length == destination.Length * 2
            && Convert.FromHexString(text, destination, out _, out int written) == OperationStatus.Done
            && written == destination.Length;
    }

    /// <summary>Decodes text, with or without the 0x prefix, into a new array.</summary>
    /// <param name="text">An even number of hex digits.</param>
    /// <param name="bytes">The bytes, or an empty array where the text is refused.</param>
    /// <returns>False where a digit is missing or a character is no hex digit.</returns>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        text = WithoutPrefix(text);
        bytes = (text.Length & 1) == 0 ? new byte[text.Length / 2] : [];
        if ((text.Length & 1) == 0 && Convert.FromHexString(text, bytes, out _, out _) == OperationStatus.Done)
        {
            return true;
        }

        bytes = [];
        return false;
    }

    /// <summary>Decodes UTF-8 text, with or without the 0x prefix, into a new array.</summary>
    /// <param name="text">An even number of hex digits.</param>
    /// <param name="bytes">The bytes, or an empty array where the text is refused.</param>
    /// <returns>False where a digit is missing or a character is no hex digit.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> text, out byte[] bytes)
    {
        text = text.StartsWith("0x"u8) || text.StartsWith("0X"u8) ? text[2..] : text;
        bytes = (text.Length & 1) == 0 ? new byte[text.Length / 2] : [];
        if ((text.Length & 1) == 0 && Convert.FromHexString(text, bytes, out _, out _) == OperationStatus.Done)
        {
            return true;
        }

        bytes = [];
        return false;
    }

    /// <summary>Decodes text, with or without the 0x prefix.</summary>
    /// <param name="text">An even number of hex digits.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="FormatException">The text is not hex.</exception>
    public static byte[] Decode(ReadOnlySpan<char> text) =>
        TryDecode(text, out byte[] bytes) ? bytes : throw new FormatException("Not an even number of hex digits.");

    private static ReadOnlySpan<char> WithoutPrefix(ReadOnlySpan<char> text) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
}
