using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.Deployment;

/// <summary>What became of a transaction.</summary>
public abstract record SenderOutcome
{
    private SenderOutcome()
    {
    }

    /// <summary>Mined, and did what it should.</summary>
    /// <param name="Receipt">Its receipt.</param>
    public sealed record Mined(L1Receipt Receipt) : SenderOutcome;

    /// <summary>Mined, and the contract refused it.</summary>
    /// <param name="Receipt">Its receipt.</param>
    public sealed record Reverted(L1Receipt Receipt) : SenderOutcome;

    /// <summary>Sent, but not mined in time; it may still be.</summary>
    /// <param name="Hash">Its hash.</param>
    /// <param name="After">How long it was waited for.</param>
    public sealed record NotMined(Hash256 Hash, TimeSpan After) : SenderOutcome;

    /// <summary>Never sent.</summary>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record NotSent(string Message) : SenderOutcome;
}
