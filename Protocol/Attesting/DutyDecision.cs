using Cloud.Protocol.Messages;

namespace Cloud.Protocol.Attesting;

/// <summary>What a validator does about a proposal.</summary>
public abstract record DutyDecision
{
    private DutyDecision()
    {
    }

    /// <summary>Sign this, through the ledger.</summary>
    /// <param name="Statement">What to sign.</param>
    public sealed record Attest(Statement Statement) : DutyDecision;

    /// <summary>Sign nothing.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record None(NoneReason Reason) : DutyDecision;
}
