using System.Collections.Immutable;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.Publishing;

/// <summary>What one look of a publisher gave.</summary>
/// <param name="Outcomes">What became of publications, in order. They are stored before they are told.</param>
/// <param name="Alarms">What a person should look at; the same again at each look while it lasts.</param>
/// <param name="Failure">Why L1 could not be asked; then nothing was decided for the rest of the keys. Null where all went well.</param>
/// <param name="IsConflict">Whether another process wrote to the same memory: only one should publish with these keys.</param>
public sealed record PublisherTick(
    ImmutableArray<PublicationOutcome> Outcomes, ImmutableArray<LaneAlarm> Alarms, L1Failure? Failure = null, bool IsConflict = false);
