using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.JsonRpc;

/// <summary>Writes values as Ethereum's JSON has them, without a string in between.</summary>
internal static class RpcJson
{
    private const int StackRoom = 1024;

    /// <summary>For all responses. Validation is off: responses are written by code, not by users.</summary>
    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>A quantity.</summary>
    public static void WriteQuantity(this Utf8JsonWriter writer, ulong value)
    {
        Span<byte> text = stackalloc byte[18];
        "0x"u8.CopyTo(text);
        value.TryFormat(text[2..], out int digits, "x", CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..(2 + digits)]);
    }

    /// <summary>A quantity.</summary>
    public static void WriteQuantity(this Utf8JsonWriter writer, in UInt256 value)
    {
        if (value.IsUInt64)
        {
            writer.WriteQuantity(value.U0);
        }
        else
        {
            writer.WriteStringValue(value.ToQuantity());
        }
    }

    /// <summary>Bytes.</summary>
    public static void WriteHex(this Utf8JsonWriter writer, ReadOnlySpan<byte> bytes)
    {
        int length = (bytes.Length * 2) + 2;
        if (length <= StackRoom)
        {
            Span<byte> text = stackalloc byte[StackRoom];
            "0x"u8.CopyTo(text);
            Convert.TryToHexStringLower(bytes, text[2..], out _);
            writer.WriteStringValue(text[..length]);
            return;
        }

        byte[] rented = System.Buffers.ArrayPool<byte>.Shared.Rent(length);
        "0x"u8.CopyTo(rented);
        Convert.TryToHexStringLower(bytes, rented.AsSpan(2), out _);
        writer.WriteStringValue(rented.AsSpan(0, length));
        System.Buffers.ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>A hash.</summary>
    public static void WriteHash(this Utf8JsonWriter writer, in Hash256 value) => writer.WriteHex(Hash256.AsSpan(in value));

    /// <summary>An address.</summary>
    public static void WriteAddress(this Utf8JsonWriter writer, in Address value) => writer.WriteHex(Address.AsSpan(in value));

    /// <summary>A 256-bit value as 32 bytes, as slots and their values are written.</summary>
    public static void WriteWord(this Utf8JsonWriter writer, in UInt256 value)
    {
        Span<byte> bytes = stackalloc byte[32];
        value.WriteBigEndian(bytes);
        writer.WriteHex(bytes);
    }

    /// <summary>A 256-bit value as 32 bytes, as a key.</summary>
    public static void WriteWordName(this Utf8JsonWriter writer, in UInt256 value)
    {
        Span<byte> bytes = stackalloc byte[32];
        value.WriteBigEndian(bytes);
        Span<byte> text = stackalloc byte[66];
        "0x"u8.CopyTo(text);
        Convert.TryToHexStringLower(bytes, text[2..], out _);
        writer.WritePropertyName(text);
    }

    /// <summary>A quantity under a key.</summary>
    public static void WriteQuantity(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, ulong value)
    {
        writer.WritePropertyName(name);
        writer.WriteQuantity(value);
    }

    /// <summary>A quantity under a key.</summary>
    public static void WriteQuantity(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, in UInt256 value)
    {
        writer.WritePropertyName(name);
        writer.WriteQuantity(in value);
    }

    /// <summary>Bytes under a key.</summary>
    public static void WriteHex(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> bytes)
    {
        writer.WritePropertyName(name);
        writer.WriteHex(bytes);
    }

    /// <summary>A hash under a key.</summary>
    public static void WriteHash(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, in Hash256 value)
    {
        writer.WritePropertyName(name);
        writer.WriteHash(in value);
    }

    /// <summary>A hash or null under a key.</summary>
    public static void WriteHashOrNull(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, Hash256? value)
    {
        if (value is { } hash)
        {
            writer.WriteHash(name, in hash);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    /// <summary>An address under a key.</summary>
    public static void WriteAddress(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, in Address value)
    {
        writer.WritePropertyName(name);
        writer.WriteAddress(in value);
    }

    /// <summary>An address or null under a key.</summary>
    public static void WriteAddressOrNull(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, Address? value)
    {
        if (value is { } address)
        {
            writer.WriteAddress(name, in address);
        }
        else
        {
            writer.WriteNull(name);
        }
    }
}
