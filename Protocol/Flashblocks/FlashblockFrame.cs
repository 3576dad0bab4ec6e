using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Flashblocks;

/// <summary>A flashblock as it travels to clients: the form that all OP Stack clients read, and under keys of its own what makes it a signed message here.</summary>
/// <param name="PayloadId">The number that the flashblocks of a block share.</param>
/// <param name="Index">Index in the block.</param>
/// <param name="Base">The fields that stay the same; null after index 0.</param>
/// <param name="Diff">What is new.</param>
/// <param name="Metadata">Results.</param>
/// <param name="Extension">What this product adds; null in the streams of others.</param>
public sealed record FlashblockFrame(
    ulong PayloadId, ulong Index, FlashblockBase? Base, FlashblockDiff Diff, FlashblockMetadata Metadata, FlashblockFrame.SignedPart? Extension)
{
    /// <summary>The frame of a signed flashblock.</summary>
    /// <param name="flashblock">The flashblock.</param>
    /// <param name="metadata">Results to add; null for those that follow from the flashblock.</param>
    /// <returns>The frame.</returns>
    public static FlashblockFrame Of(Flashblock flashblock, FlashblockMetadata? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(flashblock);
        FlashblockPayload payload = flashblock.Payload;
        metadata ??= new FlashblockMetadata
        {
            BlockNumber = payload.BlockNumber,
            PreviousFlashblockId = payload.Index == 0 ? "0-0" : string.Create(null, $"{payload.BlockNumber}-{payload.Index - 1}"),
        };
        SignedPart extension = new(
            flashblock.Context,
            payload.Slot,
            payload.Producer,
            payload.Chunk,
            payload.BlockNumber,
            payload.Previous,
            payload.IsLast,
            payload.EmittedAt,
            flashblock.Signature);
        return new FlashblockFrame(payload.PayloadId, payload.Index, payload.Base, payload.Diff, metadata, extension);
    }

    /// <summary>The signed flashblock in the frame.</summary>
    /// <returns>The message, not validated; null where the frame has no <see cref="Extension"/> or its index is above 2^32 - 1.</returns>
    public Flashblock? ToFlashblock()
    {
        if (Extension is not { } part || Index > uint.MaxValue)
        {
            return null;
        }

        FlashblockPayload payload = new(
            part.Slot, part.Producer, part.Chunk, (uint)Index, PayloadId, part.BlockNumber, part.Previous, part.IsLast, part.EmittedAt, Base, Diff);
        return new Flashblock(part.Context, payload, part.Signature);
    }

    /// <summary>The keys that this product adds.</summary>
    /// <param name="Context">The rollup: <c>chain_id</c> and <c>rollup</c>.</param>
    /// <param name="Slot"><c>slot</c>.</param>
    /// <param name="Producer"><c>producer</c>.</param>
    /// <param name="Chunk"><c>chunk</c>, index in the slot.</param>
    /// <param name="BlockNumber"><c>block_number</c>.</param>
    /// <param name="Previous"><c>previous</c>, hash of the previous flashblock's payload.</param>
    /// <param name="IsLast"><c>is_last</c>: no flashblock of this block follows.</param>
    /// <param name="EmittedAt"><c>timestamp_ms</c>, Unix milliseconds.</param>
    /// <param name="Signature"><c>signature</c>, r || s || v.</param>
    public sealed record SignedPart(
        SigningContext Context,
        ulong Slot,
        Address Producer,
        uint Chunk,
        ulong BlockNumber,
        Hash256 Previous,
        bool IsLast,
        ulong EmittedAt,
        Signature Signature);
}
