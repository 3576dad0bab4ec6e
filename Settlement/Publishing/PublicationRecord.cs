using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>A publication that has ended, with every transaction that was decided for it.</summary>
/// <param name="Job">The publication.</param>
/// <param name="End">How it ended.</param>
/// <param name="Attempts">Its transactions over all nonces, oldest first, with what they bid and when they were sent.</param>
/// <param name="Inclusion">Where one of them was mined: in time where it landed, in vain where it expired; null where none was.</param>
/// <param name="Detail">Why the contract refuses it, where it does; empty otherwise.</param>
/// <param name="Publisher">Whose transactions they were; zero where there were none, and in ledgers of before it was noted.</param>
/// <param name="Nonce">The nonce that they had; 0 where there were none.</param>
public sealed record PublicationRecord(
    PublicationJob Job, PublicationEnd End, ImmutableArray<LaneAttempt> Attempts, Inclusion? Inclusion, string Detail, Address Publisher = default, ulong Nonce = 0);
