using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Messages;

/// <summary>What a signature says: at this position stands this. Two statements of one key with equal duties and different hashes prove equivocation to anybody.</summary>
/// <param name="Duty">The position.</param>
/// <param name="PayloadHash">Identity of what stands there.</param>
public readonly record struct Statement(Duty Duty, Hash256 PayloadHash);
