using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Blobs;

/// <summary>A chunk with its transactions.</summary>
/// <param name="Header">The chunk.</param>
/// <param name="Transactions">The transactions' EIP-2718 encodings in the header's order.</param>
public sealed record ChunkData(ChunkHeader Header, ImmutableArray<Bytes> Transactions)
{
    /// <inheritdoc/>
    public bool Equals(ChunkData? other) => other is not null && Header == other.Header && Transactions.AsSpan().SequenceEqual(other.Transactions.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Header.GetHashCode();
}
