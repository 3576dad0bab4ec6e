using Cloud.Execution.State;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Pool;

/// <summary>A flashblock of the chunk on top of the pool's head.</summary>
/// <param name="BlockNumber">The chunk's block number: the head's plus one.</param>
/// <param name="Index">Index of the flashblock in its chunk, from 0.</param>
/// <param name="Transactions">Those that it adds, in order; deposits are ignored.</param>
/// <param name="State">State after it. Must stay readable until the next flashblock or head.</param>
/// <param name="Changes">What it changed, so that only those senders are looked at again; null where it is not known: then all are.</param>
public sealed record PoolFlashblock(ulong BlockNumber, int Index, IReadOnlyList<Transaction> Transactions, IStateReader State, IReadOnlyList<StateChanges>? Changes);
