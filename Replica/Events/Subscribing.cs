namespace Cloud.Replica.Events;

/// <summary>What asking for events gives.</summary>
public abstract record Subscribing
{
    private Subscribing()
    {
    }

    /// <summary>Events come.</summary>
    /// <param name="Subscription">Where; to be disposed.</param>
    public sealed record Subscribed(EventSubscription Subscription) : Subscribing;

    /// <summary>Events after the given one are not kept any more: read the present state, then subscribe from its sequence.</summary>
    /// <param name="Oldest">Sequence after which events are kept.</param>
    public sealed record TooOld(long Oldest) : Subscribing;

    /// <summary>As many subscribe as may.</summary>
    /// <param name="Limit">How many.</param>
    public sealed record TooMany(int Limit) : Subscribing;

    /// <summary>The node is closed.</summary>
    public sealed record Closed : Subscribing;
}
