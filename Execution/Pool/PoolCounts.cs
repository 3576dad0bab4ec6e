namespace Cloud.Execution.Pool;

/// <summary>How much is in the pool.</summary>
/// <param name="Pending">Transactions that can run now.</param>
/// <param name="Queued">Transactions that wait for a nonce or for funds.</param>
/// <param name="InFlashblock">Transactions in flashblocks of the chunk under construction.</param>
/// <param name="Bytes">Bytes of all their encodings.</param>
/// <param name="Senders">Accounts with at least one of them.</param>
public readonly record struct PoolCounts(int Pending, int Queued, int InFlashblock, long Bytes, int Senders);
