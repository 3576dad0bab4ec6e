using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Messages;

/// <summary>What a checkpoint is: all chunks of a slot as one unit. Its hash is the checkpoint's identity.</summary>
public sealed record CheckpointHeader
{
    /// <summary>Longest encoding in bytes.</summary>
    public const int MaxLength = 512;

    /// <summary>Makes a checkpoint's header.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="parent">Hash of the checkpoint below it; zero for the first one.</param>
    /// <param name="firstBlock">Number of the first chunk's block.</param>
    /// <param name="chunks">How many chunks, at least 1.</param>
    /// <param name="chunksHash">Keccak-256 of the chunks' hashes in order, see <see cref="HashOfChunks"/>.</param>
    /// <param name="blockHash">Hash of the last chunk's block.</param>
    /// <param name="stateRoot">State root of the last chunk's block.</param>
    /// <param name="inHash">The inbox's running hash after the last message from L1 that the slot's chunks or those before consume; zero for none.</param>
    /// <param name="outHash">Root of the messages to L1; zero for none.</param>
    /// <param name="timestamp">Start of the slot, Unix seconds.</param>
    /// <param name="feeRecipient">Who gets the tips.</param>
    /// <param name="gasUsed">Gas of all chunks.</param>
    public CheckpointHeader(
        ulong slot,
        Hash256 parent,
        ulong firstBlock,
        uint chunks,
        Hash256 chunksHash,
        Hash256 blockHash,
        Hash256 stateRoot,
        Hash256 inHash,
        Hash256 outHash,
        ulong timestamp,
        Address feeRecipient,
        ulong gasUsed)
        : this(slot, parent, firstBlock, chunks, chunksHash, blockHash, stateRoot, inHash, outHash, timestamp, feeRecipient, gasUsed, null)
    {
    }

    private CheckpointHeader(
        ulong slot,
        Hash256 parent,
        ulong firstBlock,
        uint chunks,
        Hash256 chunksHash,
        Hash256 blockHash,
        Hash256 stateRoot,
        Hash256 inHash,
        Hash256 outHash,
        ulong timestamp,
        Address feeRecipient,
        ulong gasUsed,
        Hash256? hash)
    {
        ArgumentOutOfRangeException.ThrowIfZero(chunks);
        Slot = slot;
        Parent = parent;
        FirstBlock = firstBlock;
        Chunks = chunks;
        ChunksHash = chunksHash;
        BlockHash = blockHash;
        StateRoot = stateRoot;
        InHash = inHash;
        OutHash = outHash;
        Timestamp = timestamp;
        FeeRecipient = feeRecipient;
        GasUsed = gasUsed;
        Hash = hash ?? MessageWriting.ToHash(Write);
    }

    /// <summary>The slot.</summary>
    public ulong Slot { get; }

    /// <summary>Hash of the checkpoint below it.</summary>
    public Hash256 Parent { get; }

    /// <summary>Number of the first chunk's block.</summary>
    public ulong FirstBlock { get; }

    /// <summary>How many chunks.</summary>
    public uint Chunks { get; }

    /// <summary>Keccak-256 of the chunks' hashes in order.</summary>
    public Hash256 ChunksHash { get; }

    /// <summary>Hash of the last chunk's block.</summary>
    public Hash256 BlockHash { get; }

    /// <summary>State root of the last chunk's block.</summary>
    public Hash256 StateRoot { get; }

    /// <summary>The inbox's running hash after the last message from L1 that the slot's chunks or those before consume; zero for none.</summary>
    public Hash256 InHash { get; }

    /// <summary>Root of the messages to L1.</summary>
    public Hash256 OutHash { get; }

    /// <summary>Start of the slot, Unix seconds.</summary>
    public ulong Timestamp { get; }

    /// <summary>Who gets the tips.</summary>
    public Address FeeRecipient { get; }

    /// <summary>Gas of all chunks.</summary>
    public ulong GasUsed { get; }

    /// <summary>Keccak-256 of the encoded header: the payload hash.</summary>
    public Hash256 Hash { get; }

    /// <summary>What the proposer signs.</summary>
    public Statement Statement => new(Duty.CheckpointProposal(Slot), Hash);

    /// <summary>Commits to the chunks of a slot.</summary>
    /// <param name="chunks">The chunks' hashes (<see cref="ChunkHeader.Hash"/>) in order.</param>
    /// <returns>Keccak-256 of their concatenation.</returns>
    public static Hash256 HashOfChunks(ReadOnlySpan<Hash256> chunks) =>
        Crypto.Keccak256.Hash(System.Runtime.InteropServices.MemoryMarshal.AsBytes(chunks));

    /// <summary>Whether chunks are those that the header names: all of them, in order.</summary>
    /// <param name="chunks">The chunks' hashes (<see cref="ChunkHeader.Hash"/>).</param>
    /// <returns>True where count and commitment fit.</returns>
    public bool CommitsTo(ReadOnlySpan<Hash256> chunks) => chunks.Length == Chunks && HashOfChunks(chunks) == ChunksHash;

    /// <summary>Decodes a header on its own, as L1 and blobs have it.</summary>
    /// <param name="encoded">What <see cref="Encode"/> gives.</param>
    /// <returns>The header, or why the bytes are none.</returns>
    public static Decoded<CheckpointHeader> Decode(ReadOnlySpan<byte> encoded) => FieldReader.Decode(encoded, MaxLength, Read);

    /// <summary>The header on its own in RLP: what <see cref="Hash"/> is the hash of.</summary>
    /// <returns>The list of the fields.</returns>
    public byte[] Encode() => MessageWriting.ToArray(Write);

    /// <inheritdoc/>
    public bool Equals(CheckpointHeader? other) => other is not null && Hash == other.Hash;

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode();

    internal static CheckpointHeader? Read(ref FieldReader message)
    {
        FieldReader fields = message.Payload(out Hash256 hash);
        ulong slot = fields.UInt64("slot");
        Hash256 parent = fields.Hash("parent");
        ulong firstBlock = fields.UInt64("firstBlock");
        uint chunks = fields.UInt32("chunks");
        Hash256 chunksHash = fields.Hash("chunksHash");
        Hash256 blockHash = fields.Hash("blockHash");
        Hash256 stateRoot = fields.Hash("stateRoot");
        Hash256 inHash = fields.Hash("inHash");
        Hash256 outHash = fields.Hash("outHash");
        ulong timestamp = fields.UInt64("timestamp");
        Address feeRecipient = fields.Address("feeRecipient");
        ulong gasUsed = fields.UInt64("gasUsed");
        fields.End("payload");
        if (!fields.Failed && chunks == 0)
        {
            fields.Refuse(new DecodeRefusal.OutOfRange("chunks", 0));
        }

        return fields.Failed
            ? null
            : new CheckpointHeader(slot, parent, firstBlock, chunks, chunksHash, blockHash, stateRoot, inHash, outHash, timestamp, feeRecipient, gasUsed, hash);
    }

    internal void Write(RlpWriter writer)
    {
        int list = writer.BeginList();
        writer.Write(Slot);
        writer.Write(Parent);
        writer.Write(FirstBlock);
        writer.Write((ulong)Chunks);
        writer.Write(ChunksHash);
        writer.Write(BlockHash);
        writer.Write(StateRoot);
        writer.Write(InHash);
        writer.Write(OutHash);
        writer.Write(Timestamp);
        writer.Write(FeeRecipient);
        writer.Write(GasUsed);
        writer.EndList(list);
    }
}
