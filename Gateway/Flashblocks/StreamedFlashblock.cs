using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Flashblocks;

/// <summary>A flashblock as the stream sends it. Written once and compressed at most once, however many get it.</summary>
internal sealed class StreamedFlashblock
{
    private byte[]? _compressed;

    /// <summary>Writes the frame.</summary>
    /// <param name="flashblock">The flashblock.</param>
    /// <param name="metadata">What those want who do not execute.</param>
    public StreamedFlashblock(Flashblock flashblock, FlashblockMetadata metadata)
    {
        FlashblockPayload payload = flashblock.Payload;
        BlockNumber = payload.BlockNumber;
        Index = payload.Index;
        PayloadId = payload.PayloadId;
        Hash = payload.Hash;
        IsLast = payload.IsLast;
        Text = FlashblockJson.Write(FlashblockFrame.Of(flashblock, metadata));
    }

    public ulong BlockNumber { get; }

    public uint Index { get; }

    public ulong PayloadId { get; }

    public Hash256 Hash { get; }

    public bool IsLast { get; }

    /// <summary>JSON.</summary>
    public byte[] Text { get; }

    /// <summary>The same as one brotli stream.</summary>
    public byte[] Compressed
    {
        get
        {
            if (Volatile.Read(ref _compressed) is { } known)
            {
                return known;
            }

            byte[] made = FlashblockFraming.Compress(Text);
            Volatile.Write(ref _compressed, made);
            return made;
        }
    }

    /// <summary>Whether this one comes after a place in the chain.</summary>
    public bool IsAfter(ulong blockNumber, ulong index) => (BlockNumber, (ulong)Index).CompareTo((blockNumber, index)) > 0;
}
