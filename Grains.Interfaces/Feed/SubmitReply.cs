namespace Cloud.Grains.Interfaces.Feed;

/// <summary>What a grain did with a message, and why.</summary>
/// <param name="Outcome">What it did.</param>
/// <param name="Reason">The rule, where it did not accept it; empty otherwise.</param>
[GenerateSerializer]
[Immutable]
[Alias("SubmitReply")]
public sealed record SubmitReply([property: Id(0)] SubmitOutcome Outcome, [property: Id(1)] string Reason = "")
{
    /// <summary>It has its effect.</summary>
    public static SubmitReply Accepted { get; } = new(SubmitOutcome.Accepted);

    /// <summary>Whether the message is here now, so that sending it again is of no use.</summary>
    public bool IsHere => Outcome is SubmitOutcome.Accepted or SubmitOutcome.Duplicate or SubmitOutcome.Early or SubmitOutcome.Late or SubmitOutcome.Equivocation;
}
