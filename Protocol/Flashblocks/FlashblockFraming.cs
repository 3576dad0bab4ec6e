using System.Buffers;
using System.IO.Compression;
using System.Text.Unicode;

namespace Cloud.Protocol.Flashblocks;

/// <summary>Frames of a flashblock stream: JSON text, or the same as one brotli stream (flashblocks 1.3).</summary>
public static class FlashblockFraming
{
    /// <summary>Longest frame in bytes, before and after decompression: a guard against streams that unpack to gigabytes.</summary>
    public const int MaxLength = 32 * 1024 * 1024;

    private const int Quality = 5;
    private const int Window = 22;
    private const int FirstRoom = 64 * 1024;

    /// <summary>Some senders put this byte in front of a brotli stream, which never starts JSON text.</summary>
    private const byte CompressionMark = 0x1e;

    /// <summary>Reads a frame of either form.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>The flashblock, the end of a sequence, or why the frame is refused.</returns>
    public static FrameReading Read(ReadOnlySpan<byte> frame)
    {
        if (frame.Length > MaxLength)
        {
            return TooLarge(frame.Length);
        }

        ReadOnlySpan<byte> text = frame.TrimStart(" \t\r\n"u8);
        if (text.StartsWith("{"u8) && Utf8.IsValid(text))
        {
            return FlashblockJson.Read(text);
        }

        ReadOnlySpan<byte> compressed = frame.StartsWith([CompressionMark]) ? frame[1..] : frame;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(FirstRoom);
        try
        {
            FrameReading.Refused? refusal = Decompress(compressed, ref buffer, out int length);
            return refusal is not null ? refusal
                : !Utf8.IsValid(buffer.AsSpan(0, length)) ? new FrameReading.Refused(FrameFault.InvalidText, "the decompressed text is not UTF-8")
                : FlashblockJson.Read(buffer.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Compresses a text frame.</summary>
    /// <param name="text">JSON text, at most <see cref="MaxLength"/>.</param>
    /// <returns>One brotli stream of quality 5 and window 22.</returns>
    public static byte[] Compress(ReadOnlySpan<byte> text)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, MaxLength, nameof(text));
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(text.Length));
        try
        {
            return BrotliEncoder.TryCompress(text, buffer, out int written, Quality, Window)
                ? buffer.AsSpan(0, written).ToArray()
                : throw new InvalidOperationException("Brotli needs more room than its own bound.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static FrameReading.Refused? Decompress(ReadOnlySpan<byte> compressed, ref byte[] buffer, out int length)
    {
        using BrotliDecoder decoder = default;
        length = 0;
        while (true)
        {
            OperationStatus status = decoder.Decompress(compressed, buffer.AsSpan(length), out int consumed, out int written);
            compressed = compressed[consumed..];
            length += written;
            if (length > MaxLength)
            {
                return TooLarge(length);
            }

            switch (status)
            {
                case OperationStatus.Done when compressed.IsEmpty:
                    return null;
                case OperationStatus.DestinationTooSmall:
                    if (length == buffer.Length)
                    {
                        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 2, MaxLength + 1));
                        buffer.AsSpan(0, length).CopyTo(larger);
                        ArrayPool<byte>.Shared.Return(buffer);
                        buffer = larger;
                    }

                    break;
                default:
                    return new FrameReading.Refused(FrameFault.InvalidCompression, "neither JSON text nor one complete brotli stream");
            }
        }
    }

    private static FrameReading.Refused TooLarge(int length) => new(FrameFault.TooLarge, $"{length} bytes or more, at most {MaxLength} are allowed");
}
