using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Validation;

namespace Cloud.Replica.Feed;

/// <summary>What <see cref="FeedFollower"/> does with a message.</summary>
public abstract record FeedOutcome
{
    private FeedOutcome()
    {
    }

    /// <summary>It and perhaps others that waited for it are delivered.</summary>
    public sealed record Delivered : FeedOutcome;

    /// <summary>It waits for the block that it stands on.</summary>
    public sealed record Held : FeedOutcome;

    /// <summary>It is noted: what it announces is pulled if it does not come by itself.</summary>
    public sealed record Noted : FeedOutcome;

    /// <summary>It is here already.</summary>
    public sealed record Duplicate : FeedOutcome;

    /// <summary>A second message at its position: kept, not delivered unless the committee certifies it.</summary>
    public sealed record Equivocation : FeedOutcome;

    /// <summary>Its position holds as many as are kept.</summary>
    public sealed record OverCap : FeedOutcome;

    /// <summary>Its slot is over.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="Floor">The oldest slot that is followed.</param>
    public sealed record SlotOver(ulong Slot, ulong Floor) : FeedOutcome;

    /// <summary>Its slot is too far in the future.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="Last">The last slot that is taken.</param>
    public sealed record TooFarAhead(ulong Slot, ulong Last) : FeedOutcome;

    /// <summary>No slot has such an index.</summary>
    /// <param name="Index">The index.</param>
    /// <param name="Limit">Chunks per slot.</param>
    public sealed record IndexTooHigh(uint Index, int Limit) : FeedOutcome;

    /// <summary>It stands on a chunk that is invalid.</summary>
    public sealed record InvalidAncestor : FeedOutcome;

    /// <summary>As many wait as may, all of them for less. It is pulled when it is its turn.</summary>
    /// <param name="Limit">Name of the option.</param>
    public sealed record LimitReached(string Limit) : FeedOutcome;

    /// <summary>A flashblock: how it fits those before it.</summary>
    /// <param name="Decision">The decision.</param>
    public sealed record Decided(FlashblockDecision Decision) : FeedOutcome;

    /// <summary>Validation did not accept it.</summary>
    /// <param name="Validity">What it said.</param>
    public sealed record Invalid(Validity Validity) : FeedOutcome;
}
