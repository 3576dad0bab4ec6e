using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Signing;

/// <summary>What one validator key signed.</summary>
/// <param name="Validator">The key's address.</param>
/// <param name="Watermarks">The key's watermarks.</param>
/// <param name="Signed">Records at or above the watermarks, by <see cref="Messages.Duty.CompareTo"/>, none twice.</param>
public sealed record ValidatorHistory(Address Validator, SigningWatermarks Watermarks, ImmutableArray<SignedDuty> Signed)
{
    /// <inheritdoc/>
    public bool Equals(ValidatorHistory? other) =>
        other is not null && Validator == other.Validator && Watermarks == other.Watermarks && Signed.AsSpan().SequenceEqual(other.Signed.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Validator, Watermarks, Signed.Length);
}
