namespace Cloud.Grains.Interfaces.Feed;

/// <summary>What a grain did with a message, and why.</summary>
/// <param name="Outcome">What it did.</param>
/// <param name="Reason">The rule, where it did not accept it; empty otherwise.</param>
[GenerateSerializer]
[Immutable]
[Alias("MessageReply")]
public sealed record MessageReply([property: Id(0)] MessageOutcome Outcome, [property: Id(1)] string Reason = "")
{
    /// <summary>It has its effect.</summary>
    public static MessageReply Accepted { get; } = new(MessageOutcome.Accepted);

    /// <summary>Whether the message is here now, so that sending it again is of no use.</summary>
    public bool IsHere => Outcome is MessageOutcome.Accepted or MessageOutcome.Duplicate or MessageOutcome.Early or MessageOutcome.Late or MessageOutcome.Equivocation;
}
