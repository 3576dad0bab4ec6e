using System.Collections.Immutable;

namespace Cloud.Settlement.Publishing;

/// <summary>A nonce of the lane's key and what it is used for.</summary>
/// <param name="Nonce">The nonce.</param>
/// <param name="Job">The publication.</param>
/// <param name="Attempts">Its transactions, oldest first; any of them may be the one that is mined.</param>
/// <param name="Inclusion">Where one was mined; null while none is.</param>
/// <param name="LostAt">Height of L1 when the nonce was first seen as used by another transaction.</param>
public sealed record LaneItem(ulong Nonce, PublicationJob Job, ImmutableArray<LaneAttempt> Attempts, Inclusion? Inclusion = null, ulong? LostAt = null)
{
    /// <summary>The newest transaction.</summary>
    public LaneAttempt Last => Attempts[^1];

    /// <summary>The highest of each price over all attempts.</summary>
    public FeeBid HighestFees
    {
        get
        {
            FeeBid highest = default;
            foreach (LaneAttempt attempt in Attempts)
            {
                highest = highest.Max(attempt.Fees);
            }

            return highest;
        }
    }

    /// <summary>Whether a transaction may be in a pool.</summary>
    public bool MayBeSent => Attempts.Any(attempt => attempt.Hash is not null);
}
