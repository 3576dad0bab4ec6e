namespace Cloud.Protocol.Time;

/// <summary>What a proposer builds next.</summary>
public abstract record NextChunk
{
    private NextChunk()
    {
    }

    /// <summary>Build in this part of the frame.</summary>
    /// <param name="SubSlot">Which chunk window of the frame, from 0. The chunk's index can be lower where earlier windows were skipped.</param>
    /// <param name="StartAt">When to start: not before the previous window's end.</param>
    /// <param name="WaitForTransactionsUntil">With too few transactions by then, leave the window out.</param>
    /// <param name="Deadline">When the chunk is sealed. It does not move when the start is late.</param>
    /// <param name="IsLast">Whether no other window follows.</param>
    public sealed record Build(int SubSlot, DateTimeOffset StartAt, DateTimeOffset WaitForTransactionsUntil, DateTimeOffset Deadline, bool IsLast) : NextChunk;

    /// <summary>No window with enough time is left; close the slot with what exists.</summary>
    public sealed record Stop : NextChunk
    {
        internal static readonly Stop Instance = new();
    }
}
