namespace Cloud.Settlement.Publishing;

/// <summary>What is to be done after the new state is stored.</summary>
public abstract record LaneAction
{
    private LaneAction()
    {
    }

    /// <summary>Sign the item's newest attempt, store its hash with <see cref="PublicationLane.Signed"/>, then send it.</summary>
    /// <param name="Nonce">The item.</param>
    public sealed record Sign(ulong Nonce) : LaneAction;

    /// <summary>Send the item's newest attempt, which is signed.</summary>
    /// <param name="Nonce">The item.</param>
    public sealed record Send(ulong Nonce) : LaneAction;

    /// <summary>Something became of a publication.</summary>
    /// <param name="Outcome">What.</param>
    public sealed record Report(PublicationOutcome Outcome) : LaneAction;

    /// <summary>A person should look.</summary>
    /// <param name="Reason">What is wrong and what to do.</param>
    public sealed record Alarm(LaneAlarm Reason) : LaneAction;
}
