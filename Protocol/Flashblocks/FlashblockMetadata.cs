using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Flashblocks;

/// <summary>Results for those who do not execute themselves. Not signed, never needed to rebuild the block, and every key optional (flashblocks 1.2).</summary>
public sealed record FlashblockMetadata
{
    /// <summary>Height of the block; null where it is not told.</summary>
    public ulong? BlockNumber { get; init; }

    /// <summary>Balances in wei of accounts that the block touched so far; the last value wins.</summary>
    public ImmutableArray<KeyValuePair<Address, UInt256>> NewAccountBalances { get; init; } = [];

    /// <summary>Receipts of this flashblock's transactions by transaction hash. The order is that of the transactions, not of this list.</summary>
    public ImmutableArray<KeyValuePair<Hash256, Receipt>> Receipts { get; init; } = [];

    /// <summary>The flashblock before this one as <c>block-index</c>, <c>0-0</c> where it is not known; null where it is not told.</summary>
    public string? PreviousFlashblockId { get; init; }

    /// <inheritdoc/>
    public bool Equals(FlashblockMetadata? other) =>
        other is not null && BlockNumber == other.BlockNumber && PreviousFlashblockId == other.PreviousFlashblockId
        && NewAccountBalances.AsSpan().SequenceEqual(other.NewAccountBalances.AsSpan()) && Receipts.AsSpan().SequenceEqual(other.Receipts.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(BlockNumber, NewAccountBalances.Length, Receipts.Length, PreviousFlashblockId);
}
