using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>A publication that has not ended.</summary>
/// <param name="Job">The publication.</param>
/// <param name="Parent">Payload hash of the checkpoint below.</param>
/// <param name="NotBefore">Time of L1, Unix seconds, from which the contract takes it.</param>
/// <param name="InvalidateFirst">Number of a checkpoint with bad attestations that goes in the same transaction; null for none.</param>
public sealed record QueuedPublication(PublicationJob Job, Hash256 Parent, ulong NotBefore, ulong? InvalidateFirst = null);
