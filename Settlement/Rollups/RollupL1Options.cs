using Cloud.Protocol.Messages;
using Cloud.Settlement.Watching;

namespace Cloud.Settlement.Rollups;

/// <summary>What <see cref="RollupL1"/> has to know of the rollup.</summary>
public sealed record RollupL1Options
{
    /// <summary>Where the contract is and from which block on it is read.</summary>
    public required WatcherOptions Watcher { get; init; }

    /// <summary>The L2's chain id and the contract: what signatures are bound to.</summary>
    public required SigningContext Context { get; init; }

    /// <summary>The contract's time.</summary>
    public required RollupClock Clock { get; init; }

    /// <summary>Whether the publisher does nothing before it is asked to publish, as where several processes share its ledger and one of them publishes.</summary>
    public bool PublishesWhenAsked { get; init; }

    /// <summary>How often L1 is looked at.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);
}
