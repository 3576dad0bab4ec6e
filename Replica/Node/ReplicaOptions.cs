using Cloud.Execution.Pool;
using Cloud.Execution.State;
using Cloud.Protocol.Time;
using Cloud.Replica.Chain;
using Cloud.Replica.Feed;
using Cloud.Replica.Statuses;

namespace Cloud.Replica.Node;

/// <summary>What a node decides by itself. Tuning it never changes what the node accepts in a block.</summary>
public sealed record ReplicaOptions
{
    /// <summary>Folder for state, blocks and journal; it belongs to one node alone. Not used where storage and journal are given.</summary>
    public string DataFolder { get; init; } = "";

    /// <summary>The budgets of the timetable.</summary>
    public LocalBudgets Budgets { get; init; } = LocalBudgets.Cluster;

    /// <summary>Bounds of the pool.</summary>
    public PoolOptions Pool { get; init; } = new();

    /// <summary>Bounds of the feed.</summary>
    public FeedOptions Feed { get; init; } = new();

    /// <summary>Bounds of the chain in memory.</summary>
    public ChainOptions Chain { get; init; } = new() { SettleDepth = 12 };

    /// <summary>Bounds of the statuses in memory.</summary>
    public StatusOptions Statuses { get; init; } = new() { MaxDropped = 10_000 };

    /// <summary>How the world state is kept.</summary>
    public WorldStateOptions State { get; init; } = new();

    /// <summary>Most messages that wait for the node, from 16; further ones are refused.</summary>
    public int MaxInbox { get; init; } = 16_384;

    /// <summary>Most events that are kept for those who come back, from 16.</summary>
    public int MaxEvents { get; init; } = 65_536;

    /// <summary>Most subscriptions to the events, from 1.</summary>
    public int MaxSubscriptions { get; init; } = 10_000;

    /// <summary>Longest journal, in records that are not needed any more, before it is written anew; from 64.</summary>
    public int CompactAfter { get; init; } = 50_000;

    /// <summary>Most transaction bodies that are asked for at once, from 1.</summary>
    public int MaxBodiesPerPull { get; init; } = 512;

    /// <summary>How long one pull may take.</summary>
    public TimeSpan PullTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Highest gas limit of a transaction that this node builds into a chunk: how late one transaction can make a flashblock.</summary>
    public ulong MaxTransactionGas { get; init; } = 30_000_000;

    /// <summary>L1 blocks on top of a message from L1 before an own slot consumes it, from 0: a slot that consumes what L1 takes back falls with it.</summary>
    public ulong DepositDepth { get; init; } = 2;

    /// <summary>How long after its attestation deadline a chunk is still re-executed, for those who catch up.</summary>
    public TimeSpan ExecutionPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether building has the garbage collector come between flashblocks, where a pause hurts least. False where several replicas share the process, or time is simulated: then a collection after
    /// each of their flashblocks only costs.
    /// </summary>
    public bool PacesCollector { get; init; } = true;

    /// <summary>Checks every option.</summary>
    /// <returns>One sentence for each broken rule, with the option's name; none where all is well.</returns>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [.. Pool.Validate().Select(fault => $"{nameof(Pool)}.{fault}")];
        Least(MaxInbox, 16, nameof(MaxInbox));
        Least(MaxEvents, 16, nameof(MaxEvents));
        Least(MaxSubscriptions, 1, nameof(MaxSubscriptions));
        Least(CompactAfter, 64, nameof(CompactAfter));
        Least(MaxBodiesPerPull, 1, nameof(MaxBodiesPerPull));
        Least(State.HistoryBlocks, WorldStateOptions.MinHistoryBlocks, $"{nameof(State)}.{nameof(WorldStateOptions.HistoryBlocks)}");
        if (PullTimeout <= TimeSpan.Zero)
        {
            faults.Add($"{nameof(PullTimeout)} must be above zero, is {PullTimeout}.");
        }

        if (ExecutionPatience < TimeSpan.Zero)
        {
            faults.Add($"{nameof(ExecutionPatience)} must not be negative, is {ExecutionPatience}.");
        }

        return faults;

        void Least(int value, int least, string name)
        {
            if (value < least)
            {
                faults.Add($"{name} must be at least {least}, is {value}.");
            }
        }
    }
}
