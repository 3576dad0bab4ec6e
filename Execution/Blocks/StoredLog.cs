using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Blocks;

/// <summary>A log with its place in the chain.</summary>
/// <param name="Log">The log.</param>
/// <param name="BlockNumber">Number of its block.</param>
/// <param name="BlockHash">Hash of its block.</param>
/// <param name="TransactionHash">The transaction that emitted it.</param>
/// <param name="TransactionIndex">Place of the transaction in the block, from 0.</param>
/// <param name="LogIndex">Place of the log in the block, from 0.</param>
public sealed record StoredLog(Log Log, ulong BlockNumber, Hash256 BlockHash, Hash256 TransactionHash, int TransactionIndex, int LogIndex);
