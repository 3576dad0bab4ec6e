using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Signing;

/// <summary>Whether a key may sign.</summary>
public abstract record SigningDecision
{
    private SigningDecision()
    {
    }

    /// <summary>Nothing was signed at the position: write the record, make it durable, then sign.</summary>
    /// <param name="Record">The record to write, on the condition that none is there.</param>
    public sealed record Sign(SignedDuty Record) : SigningDecision;

    /// <summary>The same was signed before: the same signature may go out again.</summary>
    public sealed record SameAgain : SigningDecision;

    /// <summary>Something else was signed at the position: signing would be equivocation.</summary>
    /// <param name="Existing">What was signed.</param>
    /// <param name="Requested">What should have been signed now.</param>
    public sealed record WouldEquivocate(SignedDuty Existing, Hash256 Requested) : SigningDecision
    {
        /// <summary>What happened and why it is refused, for the log.</summary>
        public string Message => $"{Existing.Duty}: {Existing.SigningRoot?.ToString() ?? "an unknown root"} was signed, {Requested} would be equivocation.";
    }

    /// <summary>The slot is below the key's watermark: what was signed there is not remembered any more.</summary>
    /// <param name="Duty">The position.</param>
    /// <param name="Watermark">The first slot in which the key may sign duties of the kind.</param>
    public sealed record BelowWatermark(Duty Duty, ulong Watermark) : SigningDecision
    {
        /// <summary>What happened and why it is refused, for the log.</summary>
        public string Message => $"{Duty} is below the watermark, slot {Watermark}: what was signed there is not known any more.";
    }
}
