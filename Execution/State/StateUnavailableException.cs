namespace Cloud.Execution.State;

/// <summary>A view was used after the blocks it needs left the history.</summary>
/// <param name="blockNumber">The view's block.</param>
/// <param name="oldest">The oldest block that can be read.</param>
public sealed class StateUnavailableException(ulong blockNumber, ulong oldest)
    : InvalidOperationException($"The state of block {blockNumber} is not kept any more; the oldest one is {oldest}. Read a later block, or raise HistoryBlocks.")
{
    /// <summary>The view's block.</summary>
    public ulong BlockNumber { get; } = blockNumber;

    /// <summary>The oldest block that can be read.</summary>
    public ulong Oldest { get; } = oldest;
}
