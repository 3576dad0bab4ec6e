using Cloud.Execution.Pool;
using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Node;

/// <summary>What submitting a transaction gives.</summary>
public abstract record SubmitOutcome
{
    private SubmitOutcome()
    {
    }

    /// <summary>The pool keeps it, and it survives a crash.</summary>
    /// <param name="Hash">The transaction.</param>
    /// <param name="IsPending">Whether it can run now; otherwise it waits behind a gap of nonces.</param>
    public sealed record Accepted(Hash256 Hash, bool IsPending) : SubmitOutcome;

    /// <summary>The pool does not take it.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Refused(PoolRefusal Reason) : SubmitOutcome;

    /// <summary>It was made against a block or state that is not in the chain.</summary>
    /// <param name="Anchor">Block hash or state root.</param>
    public sealed record AnchorUnknown(Hash256 Anchor) : SubmitOutcome;

    /// <summary>More waits than the node can handle.</summary>
    /// <param name="Limit">Name of the option.</param>
    public sealed record Overloaded(string Limit) : SubmitOutcome;

    /// <summary>The node cannot store anything any more.</summary>
    /// <param name="Message">Why.</param>
    public sealed record StorageFailed(string Message) : SubmitOutcome;
}
