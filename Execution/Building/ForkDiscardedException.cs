namespace Cloud.Execution.Building;

/// <summary>The state that a chunk stands on is gone: the chain took another fork meanwhile. The chunk can neither be built nor verified.</summary>
/// <param name="blockNumber">The chunk's block number.</param>
public sealed class ForkDiscardedException(ulong blockNumber) : InvalidOperationException($"The fork that block {blockNumber} stands on was discarded.")
{
    /// <summary>The chunk's block number.</summary>
    public ulong BlockNumber { get; } = blockNumber;
}
