using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>One transaction with an item's nonce. It is stored before it is signed, and its hash before it is sent.</summary>
/// <param name="Fees">What it pays.</param>
/// <param name="IsCancel">Whether it does nothing but use up the nonce, with a blob as all transactions of the lane.</param>
/// <param name="DecidedAt">Height of L1 when it was decided.</param>
/// <param name="Hash">Its hash; null until it is signed, and then it was never sent.</param>
/// <param name="SentAt">Height of L1 when a pool last took it; null before.</param>
/// <param name="IsUnderpriced">Whether a pool wanted more for it.</param>
/// <param name="Signature">The key's signature, with which the same transaction can be sent again; the default until it is signed.</param>
/// <param name="Data">Its calldata; empty until it is signed, and for a cancel.</param>
public sealed record LaneAttempt(
    FeeBid Fees,
    bool IsCancel,
    ulong DecidedAt,
    Hash256? Hash = null,
    ulong? SentAt = null,
    bool IsUnderpriced = false,
    Signature Signature = default,
    Bytes Data = default);
