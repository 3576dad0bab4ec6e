using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Signing;

/// <summary>The rules of the signing ledger: one key signs at most one thing at a position, over restarts and machines.</summary>
/// <remarks>The store behind it decides and writes in one conditional step, and is durable before the signature leaves (two activations may ask at once).</remarks>
public static class SigningRules
{
    /// <summary>Decides about one signature.</summary>
    /// <param name="duty">The position.</param>
    /// <param name="signingRoot">The digest to sign.</param>
    /// <param name="watermark">The key's watermark for the kind of duty.</param>
    /// <param name="existing">What the key signed at the position; null for nothing.</param>
    /// <returns>The decision.</returns>
    /// <exception cref="ArgumentException">The existing record is of another position.</exception>
    public static SigningDecision Decide(in Duty duty, in Hash256 signingRoot, ulong watermark, SignedDuty? existing)
    {
        if (existing is { } other && other.Duty != duty)
        {
            throw new ArgumentException($"The record is about {other.Duty}, not about {duty}.", nameof(existing));
        }

        return duty.Slot < watermark ? new SigningDecision.BelowWatermark(duty, watermark)
            : existing is not { } record ? new SigningDecision.Sign(new SignedDuty(duty, signingRoot))
            : record.SigningRoot == signingRoot ? new SigningDecision.SameAgain()
            : new SigningDecision.WouldEquivocate(record, signingRoot);
    }
}
