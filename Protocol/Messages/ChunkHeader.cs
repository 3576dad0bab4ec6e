using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Messages;

/// <summary>What a chunk is: an Ethereum block at a position of a slot. Its hash is the chunk's identity.</summary>
public sealed record ChunkHeader
{
    /// <summary>Makes a chunk's header.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="producer">Who produced the chunk: the slot's proposer, where a slot has one lane.</param>
    /// <param name="index">Index in the slot, from 0 without gaps.</param>
    /// <param name="isLast">Whether the producer will add no chunk to the slot.</param>
    /// <param name="inHash">The inbox's running hash after the last message from L1 that the slot's chunks or those before consume; zero for none; the same for all of them.</param>
    /// <param name="block">The block's header.</param>
    /// <param name="transactions">Hashes of the block's transactions in order, at most <see cref="MessageLimits.MaxTransactionsPerChunk"/>.</param>
    public ChunkHeader(ulong slot, Address producer, uint index, bool isLast, Hash256 inHash, BlockHeader block, ImmutableArray<Hash256> transactions)
        : this(slot, producer, index, isLast, inHash, block, transactions, null)
    {
    }

    private ChunkHeader(ulong slot, Address producer, uint index, bool isLast, Hash256 inHash, BlockHeader block, ImmutableArray<Hash256> transactions, Hash256? hash)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(transactions.Length, MessageLimits.MaxTransactionsPerChunk, nameof(transactions));
        Slot = slot;
        Producer = producer;
        Index = index;
        IsLast = isLast;
        InHash = inHash;
        Block = block;
        Transactions = transactions;
        Hash = hash ?? MessageWriting.ToHash(Write);
    }

    /// <summary>The slot.</summary>
    public ulong Slot { get; }

    /// <summary>Who produced the chunk.</summary>
    public Address Producer { get; }

    /// <summary>Index in the slot.</summary>
    public uint Index { get; }

    /// <summary>Whether the producer will add no chunk to the slot.</summary>
    public bool IsLast { get; }

    /// <summary>The inbox's running hash after the last message from L1 that the slot's chunks or those before consume; zero for none.</summary>
    public Hash256 InHash { get; }

    /// <summary>The block's header.</summary>
    public BlockHeader Block { get; }

    /// <summary>Hashes of the block's transactions in order.</summary>
    public ImmutableArray<Hash256> Transactions { get; }

    /// <summary>Keccak-256 of the encoded header: the payload hash.</summary>
    public Hash256 Hash { get; }

    /// <summary>What the producer signs.</summary>
    public Statement Statement => new(Duty.ChunkProposal(Slot, Index), Hash);

    /// <summary>The same chunk, saying something else about what comes after it.</summary>
    /// <param name="isLast">Whether the producer will add no chunk to the slot.</param>
    /// <returns>The header.</returns>
    public ChunkHeader WithLast(bool isLast) => isLast == IsLast ? this : new ChunkHeader(Slot, Producer, Index, isLast, InHash, Block, Transactions);

    /// <inheritdoc/>
    public bool Equals(ChunkHeader? other) => other is not null && Hash == other.Hash;

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode();

    internal static ChunkHeader? Read(ref FieldReader message)
    {
        FieldReader fields = message.Payload(out Hash256 hash);
        ulong slot = fields.UInt64("slot");
        Address producer = fields.Address("producer");
        uint index = fields.UInt32("index");
        bool isLast = fields.Boolean("isLast");
        Hash256 inHash = fields.Hash("inHash");
        BlockHeader? block = fields.Header("block");
        ImmutableArray<Hash256> transactions = fields.Hashes("transactions", MessageLimits.MaxTransactionsPerChunk);
        fields.End("payload");
        return fields.Failed ? null : new ChunkHeader(slot, producer, index, isLast, inHash, block!, transactions, hash);
    }

    internal void Write(RlpWriter writer)
    {
        int list = writer.BeginList();
        writer.Write(Slot);
        writer.Write(Producer);
        writer.Write((ulong)Index);
        writer.Write(IsLast);
        writer.Write(InHash);
        Block.Write(writer);
        writer.Write(Transactions.AsSpan());
        writer.EndList(list);
    }
}
