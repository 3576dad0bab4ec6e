namespace Cloud.Execution.Blocks;

/// <summary>Where a transaction is in the chain.</summary>
/// <param name="BlockNumber">Number of its block.</param>
/// <param name="Index">Its place in the block, from 0.</param>
public readonly record struct TransactionPlace(ulong BlockNumber, int Index);
