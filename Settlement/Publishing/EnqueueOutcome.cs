namespace Cloud.Settlement.Publishing;

/// <summary>Whether a publication was taken.</summary>
public abstract record EnqueueOutcome
{
    private EnqueueOutcome()
    {
    }

    /// <summary>It is stored and will be posted, or reported as impossible.</summary>
    public sealed record Queued : EnqueueOutcome;

    /// <summary>The same checkpoint is queued or in flight already: nothing is paid twice.</summary>
    public sealed record Known : EnqueueOutcome;

    /// <summary>The same checkpoint has ended already.</summary>
    /// <param name="Record">How.</param>
    public sealed record Ended(PublicationRecord Record) : EnqueueOutcome;

    /// <summary>The queue is full: L1 takes nothing, or the keys have no money; see the alarms.</summary>
    /// <param name="Limit">Most publications at a time.</param>
    public sealed record Full(int Limit) : EnqueueOutcome;
}
