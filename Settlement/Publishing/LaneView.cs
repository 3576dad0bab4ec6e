using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.Publishing;

/// <summary>What L1 looks like. All of it is read at one head.</summary>
/// <param name="Head">The newest block.</param>
/// <param name="FinalizedNumber">Height of the newest block that stays for ever.</param>
/// <param name="Nonce">The key's next nonce at the head.</param>
/// <param name="Balance">The key's balance in wei.</param>
/// <param name="Market">What L1 charges.</param>
/// <param name="Included">Attempts that are mined, by hash: every attempt with a hash was looked up.</param>
/// <param name="Posted">Checkpoints that the contract has at the head, or would refuse for another reason than time: posting them again would only cost.</param>
/// <param name="Waiting">Publications to begin, oldest first.</param>
public sealed record LaneView(
    L1Block Head,
    ulong FinalizedNumber,
    ulong Nonce,
    UInt256 Balance,
    MarketFees Market,
    ImmutableDictionary<Hash256, Inclusion> Included,
    ImmutableHashSet<Hash256> Posted,
    ImmutableArray<PublicationJob> Waiting);
