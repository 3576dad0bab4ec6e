using System.Collections.Immutable;
using System.IO.Compression;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Settlement.Blobs;

/// <summary>All that a follower needs of a checkpoint: its header and its chunks with their transactions.</summary>
/// <remarks>
/// The body in RLP: [version, header, [[producer, isLast, block header, [transaction, ...]], ...]]. What the header or the transactions determine is left out: slot, index and inHash
/// of a chunk, and the transactions' hashes.
/// </remarks>
/// <param name="Header">The checkpoint.</param>
/// <param name="Chunks">Its chunks in order.</param>
public sealed record CheckpointData(CheckpointHeader Header, ImmutableArray<ChunkData> Chunks)
{
    private const ulong Version = 1;
    private const int WindowBits = 22;

    /// <summary>Most chunks that are read from a checkpoint. Far above what a committee attests to: a reader must go on where a committee was careless.</summary>
    public const int MaxChunks = 2457;

    /// <summary>Checks that the chunks are those that the header names.</summary>
    /// <returns>The first rule that is broken; null where all hold.</returns>
    public BlobRefusal? Check()
    {
        if (Chunks.Length != Header.Chunks)
        {
            return new BlobRefusal.Inconsistent("as many chunks as the header says");
        }

        Hash256[] hashes = new Hash256[Chunks.Length];
        for (int i = 0; i < Chunks.Length; i++)
        {
            ChunkHeader chunk = Chunks[i].Header;
            hashes[i] = chunk.Hash;
            if (chunk.Slot != Header.Slot || chunk.Index != i || chunk.InHash != Header.InHash)
            {
                return new BlobRefusal.Inconsistent("the chunks are of the header's slot, in order, with its inHash");
            }

            if (chunk.Block.Number != Header.FirstBlock + (ulong)i)
            {
                return new BlobRefusal.Inconsistent("the blocks' numbers follow each other from firstBlock");
            }

            if (i > 0 && chunk.Block.ParentHash != Chunks[i - 1].Header.Block.ComputeHash())
            {
                return new BlobRefusal.Inconsistent("each block names the one before it as its parent");
            }

            if (chunk.Transactions.Length != Chunks[i].Transactions.Length)
            {
                return new BlobRefusal.Inconsistent("each transaction in a chunk's header is there");
            }
        }

        return CheckpointHeader.HashOfChunks(hashes) != Header.ChunksHash ? new BlobRefusal.Inconsistent("chunksHash is the hash of the chunks")
            : Chunks[^1].Header.Block.ComputeHash() != Header.BlockHash ? new BlobRefusal.Inconsistent("blockHash is the last block's hash")
            : Chunks[^1].Header.Block.StateRoot != Header.StateRoot ? new BlobRefusal.Inconsistent("stateRoot is the last block's")
            : null;
    }

    /// <summary>Puts the data, compressed, and the attestations into a frame.</summary>
    /// <param name="attestations">The committee's signatures.</param>
    /// <param name="quality">Brotli's quality, 0 (fast) to 11 (small).</param>
    /// <returns>The frame. Not compressed where that would make it longer.</returns>
    public BlobFrame ToFrame(BlobAttestations attestations, int quality = 5)
    {
        byte[] body = Encode();
        byte[] compressed = new byte[body.Length];
        return BrotliEncoder.TryCompress(body, compressed, out int length, quality, WindowBits) && length < body.Length
            ? new BlobFrame(attestations, compressed.AsMemory(0, length).ToArray(), body.Length, BodyCompression.Brotli)
            : new BlobFrame(attestations, body, body.Length, BodyCompression.None);
    }

    /// <summary>Takes the data out of a frame. Total: any body gives data or a refusal; data that is given is consistent.</summary>
    /// <param name="frame">The frame.</param>
    /// <returns>The data, or why there is none.</returns>
    public static BlobResult<CheckpointData> FromFrame(BlobFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (frame.BodyLength > BlobFrame.MaxBodyLength)
        {
            return new BlobResult<CheckpointData>.Refused(new BlobRefusal.TooLarge(frame.BodyLength, BlobFrame.MaxBodyLength));
        }

        if (frame.Compression == BodyCompression.None)
        {
            return frame.Body.Length == frame.BodyLength ? Decode(frame.Body.Span) : new BlobResult<CheckpointData>.Refused(new BlobRefusal.BadCompression(frame.BodyLength));
        }

        byte[] body = new byte[frame.BodyLength];
        return BrotliDecoder.TryDecompress(frame.Body.Span, body, out int length) && length == body.Length
            ? Decode(body)
            : new BlobResult<CheckpointData>.Refused(new BlobRefusal.BadCompression(frame.BodyLength));
    }

    /// <summary>The body before it is compressed.</summary>
    /// <returns>RLP.</returns>
    public byte[] Encode()
    {
        using RlpWriter writer = RlpWriter.Rent();
        int body = writer.BeginList();
        writer.Write(Version);
        writer.WriteRaw(Header.Encode());
        int chunks = writer.BeginList();
        foreach (ChunkData chunk in Chunks)
        {
            int fields = writer.BeginList();
            writer.Write(chunk.Header.Producer);
            writer.Write(chunk.Header.IsLast);
            chunk.Header.Block.Write(writer);
            int transactions = writer.BeginList();
            foreach (Bytes transaction in chunk.Transactions)
            {
                writer.Write(transaction);
            }

            writer.EndList(transactions);
            writer.EndList(fields);
        }

        writer.EndList(chunks);
        writer.EndList(body);
        return writer.ToArray();
    }

    /// <summary>Reads a body. Total: any bytes give consistent data or a refusal.</summary>
    /// <param name="body">RLP.</param>
    /// <returns>The data, or why there is none.</returns>
    public static BlobResult<CheckpointData> Decode(ReadOnlySpan<byte> body)
    {
        BlobRefusal? refusal = Read(body, out CheckpointData? data);
        refusal ??= data!.Check();
        return refusal is null ? new BlobResult<CheckpointData>.Ok(data!) : new BlobResult<CheckpointData>.Refused(refusal);
    }

    /// <inheritdoc/>
    public bool Equals(CheckpointData? other) => other is not null && Header == other.Header && Chunks.AsSpan().SequenceEqual(other.Chunks.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Header.GetHashCode();

    private static BlobRefusal? Read(ReadOnlySpan<byte> body, out CheckpointData? data)
    {
        data = null;
        RlpReader reader = new(body);
        if (!reader.TryReadList(out RlpReader fields) || !reader.TryEnd() || !fields.TryReadUInt64(out ulong version) || version != Version)
        {
            return new BlobRefusal.BadBody("version", $"only {Version} is known");
        }

        if (!fields.TryReadItem(out ReadOnlySpan<byte> encoded))
        {
            return new BlobRefusal.BadBody("header", fields.Error.ToString());
        }

        Decoded<CheckpointHeader> decoded = CheckpointHeader.Decode(encoded);
        if (decoded is not Decoded<CheckpointHeader>.Ok { Value: { } header })
        {
            return new BlobRefusal.BadHeader(((Decoded<CheckpointHeader>.Refused)decoded).Reason);
        }

        if (!fields.TryReadList(out RlpReader list) || !fields.TryEnd() || !list.TryCountItems(out int count))
        {
            return new BlobRefusal.BadBody("chunks", fields.Error.ToString());
        }

        if (count > MaxChunks)
        {
            return new BlobRefusal.TooLarge(count, MaxChunks);
        }

        ImmutableArray<ChunkData>.Builder chunks = ImmutableArray.CreateBuilder<ChunkData>(count);
        for (int i = 0; i < count; i++)
        {
            if (!list.TryReadList(out RlpReader chunk)
                || !chunk.TryReadAddress(out Address producer)
                || !chunk.TryReadBoolean(out bool isLast)
                || !chunk.TryReadItem(out ReadOnlySpan<byte> block)
                || !chunk.TryReadList(out RlpReader items)
                || !chunk.TryEnd()
                || !items.TryCountItems(out int transactions))
            {
                return new BlobRefusal.BadBody($"chunk {i}", "its fields are not there");
            }

            if (BlockHeader.TryDecode(block, out BlockHeader? blockHeader) is { } reason)
            {
                return new BlobRefusal.BadBody($"chunk {i}", reason.Message);
            }

            if (transactions > MessageLimits.MaxTransactionsPerChunk)
            {
                return new BlobRefusal.TooLarge(transactions, MessageLimits.MaxTransactionsPerChunk);
            }

            ImmutableArray<Bytes>.Builder bodies = ImmutableArray.CreateBuilder<Bytes>(transactions);
            ImmutableArray<Hash256>.Builder hashes = ImmutableArray.CreateBuilder<Hash256>(transactions);
            for (int j = 0; j < transactions; j++)
            {
                if (!items.TryReadString(out ReadOnlySpan<byte> transaction))
                {
                    return new BlobRefusal.BadBody($"chunk {i}", items.Error.ToString());
                }

                bodies.Add(Bytes.CopyOf(transaction));
                hashes.Add(Keccak256.Hash(transaction));
            }

            chunks.Add(new ChunkData(
                new ChunkHeader(header.Slot, producer, (uint)i, isLast, header.InHash, blockHeader!, hashes.MoveToImmutable()), bodies.MoveToImmutable()));
        }

        data = new CheckpointData(header, chunks.MoveToImmutable());
        return null;
    }
}
