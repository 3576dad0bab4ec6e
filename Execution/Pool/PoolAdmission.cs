using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Pool;

/// <summary>What handing a transaction to the pool gives.</summary>
public abstract record PoolAdmission
{
    private PoolAdmission()
    {
    }

    /// <summary>The pool keeps it.</summary>
    /// <param name="Transaction">The transaction.</param>
    /// <param name="Sender">Who sent it.</param>
    /// <param name="IsPending">Whether it can run now; otherwise it is queued behind a gap.</param>
    /// <param name="Replaced">The transaction whose nonce it took over, or null.</param>
    public sealed record Added(Transaction Transaction, Address Sender, bool IsPending, Hash256? Replaced) : PoolAdmission;

    /// <summary>The pool does not take it; nothing has changed.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Refused(PoolRefusal Reason) : PoolAdmission;
}
