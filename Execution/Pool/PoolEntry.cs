using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Pool;

/// <summary>A transaction in the pool. Everything that can change is guarded by the pool's lock.</summary>
internal sealed class PoolEntry(Transaction transaction, Address sender, in UInt256 cost, Address[]? authorities)
{
    public Transaction Transaction { get; } = transaction;

    public Address Sender { get; } = sender;

    /// <summary>Most that it can cost in wei; the largest number where that has more than 256 bits.</summary>
    public UInt256 Cost { get; } = cost;

    /// <summary>Accounts that it delegates (EIP-7702); null for none.</summary>
    public Address[]? Authorities { get; } = authorities;

    public ulong Nonce => Transaction.Nonce;

    public int Size => Transaction.Raw.Length;

    /// <summary>Order of arrival: among equal tips the lower one goes first.</summary>
    public long Sequence { get; set; }

    /// <summary>Timestamp of arrival, for expiry.</summary>
    public long AddedAt { get; set; }

    /// <summary>Whether it can run now.</summary>
    public bool IsPending { get; set; }

    /// <summary>The status that observers were last told of; null before the first.</summary>
    public PoolStatus? Announced { get; set; }

    /// <summary>Not null while it is in a flashblock.</summary>
    public PoolStatus.InFlashblock? Flashblock { get; set; }

    /// <summary>Neighbours in order of arrival.</summary>
    public PoolEntry? Older { get; set; }

    /// <inheritdoc cref="Older"/>
    public PoolEntry? Newer { get; set; }

    public PoolStatus Status => Flashblock ?? (IsPending ? PoolStatus.Pending.Instance : (PoolStatus)PoolStatus.Queued.Instance);
}
