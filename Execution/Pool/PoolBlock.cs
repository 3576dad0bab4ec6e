using Cloud.Execution.State;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Pool;

/// <summary>A sealed block that joins or leaves the pool's chain.</summary>
/// <param name="Number">Number of the block.</param>
/// <param name="Hash">Hash of the block.</param>
/// <param name="Transactions">In block order; deposits are ignored.</param>
/// <param name="Changes">What the block changed, so that only those senders are looked at again; null where it is not known: then all are.</param>
public sealed record PoolBlock(ulong Number, Hash256 Hash, IReadOnlyList<Transaction> Transactions, IReadOnlyList<StateChanges>? Changes);
