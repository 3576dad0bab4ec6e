using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Signing;

/// <summary>What a key signed at a position.</summary>
/// <param name="Duty">The position.</param>
/// <param name="SigningRoot">The digest that was signed (<see cref="SigningDomains.Digest"/>); null where it is not known, so that nothing else may be signed there.</param>
public readonly record struct SignedDuty(Duty Duty, Hash256? SigningRoot);
