using System.Collections.Immutable;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Protocol.Primitives;
using Orleans.Concurrency;

namespace Cloud.Grains.Interfaces.Faults;

/// <summary>The rollup's evidence and record of performance. There is one; its key is that of <see cref="GrainKeys.Slasher"/>.</summary>
[Alias("ISlasherGrain")]
public interface ISlasherGrain : IGrainWithStringKey
{
    /// <summary>Takes evidence. It is verified here, and stored before the answer.</summary>
    /// <param name="evidence">An evidence in its canonical encoding.</param>
    /// <returns>What was done; <see cref="MessageOutcome.Ignored"/> where re-execution here cannot confirm it.</returns>
    [Alias("Report")]
    Task<MessageReply> Report(byte[] evidence);

    /// <summary>Notes what became of a slot.</summary>
    /// <param name="report">The report; a surer word replaces another.</param>
    /// <returns>When it is noted.</returns>
    [Alias("Note")]
    Task Note(SlotReport report);

    /// <summary>All offences that count, lowest slot first: what is exported and brought to L1.</summary>
    /// <param name="offender">Only those of one validator; null for all.</param>
    /// <returns>The offences.</returns>
    [Alias("Faults")]
    [ReadOnly]
    Task<ImmutableArray<FaultView>> Faults(Address? offender = null);

    /// <summary>What became of slots.</summary>
    /// <param name="from">First slot.</param>
    /// <param name="through">Last slot.</param>
    /// <returns>Lowest slot first; slots that are not known, or not any more, are left out.</returns>
    [Alias("Reports")]
    [ReadOnly]
    Task<ImmutableArray<SlotReport>> Reports(ulong from, ulong through);

    /// <summary>How a validator did.</summary>
    /// <param name="validator">The validator.</param>
    /// <param name="from">First slot.</param>
    /// <param name="through">Last slot.</param>
    /// <returns>Zeros where it had no duties.</returns>
    [Alias("Performance")]
    [ReadOnly]
    Task<PerformanceView> Performance(Address validator, ulong from = 0, ulong through = ulong.MaxValue);
}
