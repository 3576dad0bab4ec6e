using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Flashblocks;

/// <summary>What a flashblock says: an increment of a chunk under construction. Its hash is the flashblock's identity.</summary>
public sealed record FlashblockPayload
{
    /// <summary>Makes a payload.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="producer">Who produces the chunk.</param>
    /// <param name="chunk">Index of the chunk in the slot.</param>
    /// <param name="index">Index of the flashblock in the chunk, from 0 without gaps.</param>
    /// <param name="payloadId">The same number for all flashblocks of a chunk, see <see cref="PayloadIdOf"/>.</param>
    /// <param name="blockNumber">Height of the chunk's block.</param>
    /// <param name="previous">Hash of the previous flashblock's payload; zero at index 0.</param>
    /// <param name="isLast">Whether the chunk ends here.</param>
    /// <param name="emittedAt">When the producer closed it, Unix milliseconds.</param>
    /// <param name="base">The fields that stay the same; at index 0 only.</param>
    /// <param name="diff">What is new, and the block as if it ended here.</param>
    public FlashblockPayload(
        ulong slot,
        Address producer,
        uint chunk,
        uint index,
        ulong payloadId,
        ulong blockNumber,
        Hash256 previous,
        bool isLast,
        ulong emittedAt,
        FlashblockBase? @base,
        FlashblockDiff diff)
        : this(slot, producer, chunk, index, payloadId, blockNumber, previous, isLast, emittedAt, @base, diff, null)
    {
    }

    private FlashblockPayload(
        ulong slot,
        Address producer,
        uint chunk,
        uint index,
        ulong payloadId,
        ulong blockNumber,
        Hash256 previous,
        bool isLast,
        ulong emittedAt,
        FlashblockBase? @base,
        FlashblockDiff diff,
        Hash256? hash)
    {
        ArgumentNullException.ThrowIfNull(diff);
        Slot = slot;
        Producer = producer;
        Chunk = chunk;
        Index = index;
        PayloadId = payloadId;
        BlockNumber = blockNumber;
        Previous = previous;
        IsLast = isLast;
        EmittedAt = emittedAt;
        Base = @base;
        Diff = diff;
        Hash = hash ?? MessageWriting.ToHash(Write);
    }

    /// <summary>The slot.</summary>
    public ulong Slot { get; }

    /// <summary>Who produces the chunk.</summary>
    public Address Producer { get; }

    /// <summary>Index of the chunk in the slot.</summary>
    public uint Chunk { get; }

    /// <summary>Index of the flashblock in the chunk.</summary>
    public uint Index { get; }

    /// <summary>The same number for all flashblocks of a chunk.</summary>
    public ulong PayloadId { get; }

    /// <summary>Height of the chunk's block.</summary>
    public ulong BlockNumber { get; }

    /// <summary>Hash of the previous flashblock's payload; zero at index 0.</summary>
    public Hash256 Previous { get; }

    /// <summary>Whether the chunk ends here.</summary>
    public bool IsLast { get; }

    /// <summary>When the producer closed it, Unix milliseconds.</summary>
    public ulong EmittedAt { get; }

    /// <summary>The fields that stay the same; null after index 0.</summary>
    public FlashblockBase? Base { get; }

    /// <summary>What is new, and the block as if it ended here.</summary>
    public FlashblockDiff Diff { get; }

    /// <summary>Keccak-256 of the encoded payload.</summary>
    public Hash256 Hash { get; }

    /// <summary>What the producer signs.</summary>
    public Statement Statement => new(Duty.Flashblock(Slot, Chunk, Index), Hash);

    /// <summary>The payload id of a chunk: readable, and never the same for two chunks of a chain, since a position is signed once.</summary>
    /// <param name="slot">The slot, below 2^48.</param>
    /// <param name="chunk">Index of the chunk, below 2^16.</param>
    /// <returns>slot * 2^16 + chunk.</returns>
    public static ulong PayloadIdOf(ulong slot, uint chunk) => (slot << 16) | (chunk & 0xffff);

    /// <summary>Decodes a payload that stands alone.</summary>
    /// <param name="encoded">What <see cref="Encode"/> made.</param>
    /// <returns>The payload, or why it is none.</returns>
    public static Decoded<FlashblockPayload> Decode(ReadOnlySpan<byte> encoded) => FieldReader.Decode(encoded, MessageLimits.MaxProposalLength, Read);

    /// <summary>The payload in its canonical encoding: what its signature is over, without the signature.</summary>
    /// <returns>RLP, whose Keccak-256 is <see cref="Hash"/>.</returns>
    public byte[] Encode() => MessageWriting.ToArray(Write);

    /// <inheritdoc/>
    public bool Equals(FlashblockPayload? other) => other is not null && Hash == other.Hash;

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode();

    internal static FlashblockPayload? Read(ref FieldReader message)
    {
        FieldReader fields = message.Payload(out Hash256 hash);
        ulong slot = fields.UInt64("slot");
        Address producer = fields.Address("producer");
        uint chunk = fields.UInt32("chunk");
        uint index = fields.UInt32("index");
        ulong payloadId = fields.UInt64("payloadId");
        ulong blockNumber = fields.UInt64("blockNumber");
        Hash256 previous = fields.Hash("previous");
        bool isLast = fields.Boolean("isLast");
        ulong emittedAt = fields.UInt64("emittedAt");
        FlashblockBase? @base = FlashblockBase.Read(ref fields);
        FlashblockDiff? diff = FlashblockDiff.Read(ref fields);
        fields.End("payload");
        return fields.Failed
            ? null
            : new FlashblockPayload(slot, producer, chunk, index, payloadId, blockNumber, previous, isLast, emittedAt, @base, diff!, hash);
    }

    internal void Write(RlpWriter writer)
    {
        int list = writer.BeginList();
        writer.Write(Slot);
        writer.Write(Producer);
        writer.Write((ulong)Chunk);
        writer.Write((ulong)Index);
        writer.Write(PayloadId);
        writer.Write(BlockNumber);
        writer.Write(Previous);
        writer.Write(IsLast);
        writer.Write(EmittedAt);
        if (Base is null)
        {
            writer.EndList(writer.BeginList());
        }
        else
        {
            Base.Write(writer);
        }

        Diff.Write(writer);
        writer.EndList(list);
    }
}
