using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>Everything that a publisher must remember over a restart, but the payloads. Written as a whole, and only over the version that was read.</summary>
/// <param name="Version">Counts the writes; 0 for a ledger that was never written.</param>
/// <param name="Lanes">One for each key that was ever used.</param>
/// <param name="Queue">Publications that have not ended, in the order in which they came.</param>
/// <param name="History">Publications that have ended, oldest first; bounded.</param>
public sealed record PublicationLedger(
    ulong Version, ImmutableArray<LaneState> Lanes, ImmutableArray<QueuedPublication> Queue, ImmutableArray<PublicationRecord> History)
{
    /// <summary>Ended publications that are kept.</summary>
    public const int MaxHistory = 512;

    /// <summary>A ledger that remembers nothing.</summary>
    public static PublicationLedger Empty { get; } = new(0, [], [], []);

    /// <summary>The lane of a key.</summary>
    /// <param name="publisher">The key's address.</param>
    /// <returns>The lane; an empty one for a key that was not used yet.</returns>
    public LaneState LaneOf(Address publisher) => Lanes.FirstOrDefault(lane => lane.Publisher == publisher) ?? LaneState.Empty(publisher);

    /// <summary>The ledger with another state of a lane.</summary>
    /// <param name="lane">The lane.</param>
    /// <returns>The ledger.</returns>
    public PublicationLedger With(LaneState lane)
    {
        ArgumentNullException.ThrowIfNull(lane);
        int index = Lanes.ToList().FindIndex(other => other.Publisher == lane.Publisher);
        return this with { Lanes = index < 0 ? Lanes.Add(lane) : Lanes.SetItem(index, lane) };
    }

    /// <summary>The ledger after a publication has ended.</summary>
    /// <param name="record">How.</param>
    /// <returns>The ledger.</returns>
    public PublicationLedger Ended(PublicationRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        ImmutableArray<PublicationRecord> history = History.Add(record);
        return this with
        {
            Queue = Queue.RemoveAll(queued => queued.Job.Checkpoint == record.Job.Checkpoint),
            History = history.Length > MaxHistory ? history[(history.Length - MaxHistory)..] : history,
        };
    }
}
