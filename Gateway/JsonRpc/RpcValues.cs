using System.Globalization;
using System.Text.Json;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.JsonRpc;

/// <summary>Reads values as Ethereum's JSON has them: quantities and data in hex with the 0x prefix. Total: says what is wrong, never throws.</summary>
internal static class RpcValues
{
    private const string NoString = "a hex string is expected";

    /// <summary>Reads a quantity of at most 64 bits.</summary>
    public static string? TryReadUInt64(JsonElement element, out ulong value)
    {
        value = 0;
        string? fault = TryReadUInt256(element, out UInt256 wide);
        if (fault is not null || !wide.IsUInt64)
        {
            return fault ?? "hex number has more than 64 bits";
        }

        value = wide.U0;
        return null;
    }

    /// <summary>Reads a quantity of at most 256 bits. Leading zeros are accepted, numbers without 0x are not.</summary>
    public static string? TryReadUInt256(JsonElement element, out UInt256 value)
    {
        value = default;
        if (Text(element) is not { } text)
        {
            return NoString;
        }

        if (!HasPrefix(text))
        {
            return text.Length == 0 ? "empty hex string" : "hex string without 0x prefix";
        }

        ReadOnlySpan<char> digits = text.AsSpan(2);
        if (digits.IsEmpty)
        {
            return "hex string \"0x\" is no number";
        }

        ReadOnlySpan<char> trimmed = digits.TrimStart('0');
        if (trimmed.Length > 64)
        {
            return "hex number has more than 256 bits";
        }

        Span<char> padded = stackalloc char[64];
        padded.Fill('0');
        trimmed.CopyTo(padded[(64 - trimmed.Length)..]);
        Span<byte> bytes = stackalloc byte[32];
        if (!Hex.TryDecodeExactly(padded, bytes))
        {
            return "invalid hex string";
        }

        value = UInt256.FromBigEndian(bytes);
        return null;
    }

    /// <summary>Reads 20 bytes.</summary>
    public static string? TryReadAddress(JsonElement element, out Address value)
    {
        value = default;
        return Text(element) is not { } text ? NoString
            : !HasPrefix(text) ? "hex string without 0x prefix"
            : text.Length != 42 ? string.Create(CultureInfo.InvariantCulture, $"hex string has {text.Length - 2} digits, 40 are expected for an address")
            : Address.TryParse(text, null, out value) ? null : "invalid hex string";
    }

    /// <summary>Reads 32 bytes.</summary>
    public static string? TryReadHash(JsonElement element, out Hash256 value)
    {
        value = default;
        return Text(element) is not { } text ? NoString
            : !HasPrefix(text) ? "hex string without 0x prefix"
            : text.Length != 66 ? string.Create(CultureInfo.InvariantCulture, $"hex string has {text.Length - 2} digits, 64 are expected for a hash")
            : Hash256.TryParse(text, null, out value) ? null : "invalid hex string";
    }

    /// <summary>Reads any number of bytes.</summary>
    public static string? TryReadBytes(JsonElement element, out Bytes value)
    {
        value = default;
        if (Text(element) is not { } text)
        {
            return NoString;
        }

        if (!HasPrefix(text))
        {
            return text.Length == 0 ? "empty hex string" : "hex string without 0x prefix";
        }

        if ((text.Length & 1) != 0)
        {
            return "hex string of odd length";
        }

        if (!Hex.TryDecode(text, out byte[] bytes))
        {
            return "invalid hex string";
        }

        value = bytes;
        return null;
    }

    /// <summary>Reads a storage slot: up to 32 bytes, shorter ones and odd lengths as numbers.</summary>
    public static string? TryReadSlot(JsonElement element, out UInt256 value)
    {
        value = default;
        if (Text(element) is not { } text)
        {
            return NoString;
        }

        ReadOnlySpan<char> digits = HasPrefix(text) ? text.AsSpan(2) : text;
        if (digits.Length > 64)
        {
            return string.Create(CultureInfo.InvariantCulture, $"storage key too long (want at most 32 bytes, have {(digits.Length + 1) / 2})");
        }

        Span<char> padded = stackalloc char[64];
        padded.Fill('0');
        digits.CopyTo(padded[(64 - digits.Length)..]);
        Span<byte> bytes = stackalloc byte[32];
        if (!Hex.TryDecodeExactly(padded, bytes))
        {
            return "unable to decode storage key: invalid hex string";
        }

        value = UInt256.FromBigEndian(bytes);
        return null;
    }

    /// <summary>Reads a tag, a number, or an object with either (EIP-1898), or with <c>stateRoot</c>: the state that a call was made against.</summary>
    public static string? TryReadBlock(JsonElement element, out BlockReference value)
    {
        value = BlockReference.Latest;
        if (element.ValueKind == JsonValueKind.Object)
        {
            return TryReadBlockObject(element, out value);
        }

        if (Text(element) is not { } text)
        {
            return "a block number or tag is expected";
        }

        switch (text)
        {
            case "latest" or "unsafe":
                return null;
            case "pending":
                value = BlockReference.Pending;
                return null;
            case "safe":
                value = new BlockReference.Tagged(BlockTag.Safe);
                return null;
            case "finalized":
                value = new BlockReference.Tagged(BlockTag.Finalized);
                return null;
            case "earliest":
                value = new BlockReference.Tagged(BlockTag.Earliest);
                return null;
        }

        if (text.Length == 66 && Hash256.TryParse(text, null, out Hash256 hash))
        {
            value = new BlockReference.ByHash(hash);
            return null;
        }

        string? fault = TryReadUInt64(element, out ulong number);
        value = new BlockReference.ByNumber(number);
        return fault;
    }

    /// <summary>The string in an element that is one; null for every other kind, and for text that is not valid Unicode.</summary>
    public static string? Text(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            // The framework's answer to an escape sequence that is half a character.
            return null;
        }
    }

    private static string? TryReadBlockObject(JsonElement element, out BlockReference value)
    {
        value = BlockReference.Latest;
        if (element.TryGetProperty("stateRoot"u8, out JsonElement root))
        {
            string? wrong = TryReadHash(root, out Hash256 anchor);
            value = new BlockReference.ByAnchor(anchor);
            return wrong;
        }

        bool hasNumber = element.TryGetProperty("blockNumber"u8, out JsonElement number);
        bool hasHash = element.TryGetProperty("blockHash"u8, out JsonElement hash);
        if (hasNumber == hasHash)
        {
            return hasNumber ? "cannot specify both blockHash and blockNumber, choose one or the other" : "blockHash or blockNumber is expected";
        }

        if (hasNumber)
        {
            return number.ValueKind == JsonValueKind.Object ? "invalid blockNumber" : TryReadBlock(number, out value);
        }

        string? fault = TryReadHash(hash, out Hash256 read);
        value = new BlockReference.ByHash(read);
        return fault;
    }

    private static bool HasPrefix(string text) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
}
