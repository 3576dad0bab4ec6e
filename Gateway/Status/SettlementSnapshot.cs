using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;
using Cloud.Settlement.L1Events;
using Cloud.Settlement.Publishing;
using Cloud.Settlement.Watching;

namespace Cloud.Gateway.Status;

/// <summary>Settlement at one moment.</summary>
/// <param name="View">L1; null where nobody follows it here.</param>
/// <param name="Ledger">The publisher's ledger.</param>
/// <param name="Keys">The publisher's keys.</param>
/// <param name="Postings">L1 transactions that carry checkpoints.</param>
/// <param name="Market">What L1 charges; null until it was read.</param>
internal sealed record SettlementSnapshot(
    WatcherView? View, PublicationLedger Ledger, ImmutableArray<PublisherKeyStatus> Keys, ImmutableDictionary<Hash256, L1Posting> Postings, MarketFees? Market)
{
    /// <summary>Nothing is known.</summary>
    public static SettlementSnapshot Empty { get; } = new(null, PublicationLedger.Empty, [], ImmutableDictionary<Hash256, L1Posting>.Empty, null);
}

/// <summary>An L1 transaction that carries a checkpoint.</summary>
/// <param name="Block">Where it was mined.</param>
/// <param name="Blobs">Versioned hashes.</param>
/// <param name="Receipt">Its receipt.</param>
/// <param name="BlobPrice">Wei per blob gas.</param>
internal sealed record L1Posting(L1BlockRef Block, ImmutableArray<Hash256> Blobs, L1Receipt Receipt, UInt256 BlobPrice);
