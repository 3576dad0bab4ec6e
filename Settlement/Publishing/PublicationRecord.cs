using System.Collections.Immutable;

namespace Cloud.Settlement.Publishing;

/// <summary>A publication that has ended, with every transaction that was decided for it.</summary>
/// <param name="Job">The publication.</param>
/// <param name="End">How it ended.</param>
/// <param name="Attempts">Its transactions over all nonces, oldest first, with what they bid and when they were sent.</param>
/// <param name="Inclusion">Where one of them was mined: in time where it landed, in vain where it expired; null where none was.</param>
/// <param name="Detail">Why the contract refuses it, where it does; empty otherwise.</param>
public sealed record PublicationRecord(PublicationJob Job, PublicationEnd End, ImmutableArray<LaneAttempt> Attempts, Inclusion? Inclusion, string Detail);
