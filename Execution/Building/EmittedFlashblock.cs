using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Building;

/// <summary>A flashblock that was journaled before a restart: what a builder must repeat.</summary>
/// <param name="Transactions">Those that it added, deposits included.</param>
/// <param name="BlockHash">The block hash that it promised.</param>
/// <param name="IsLast">Whether the chunk ended there.</param>
public sealed record EmittedFlashblock(ImmutableArray<Transaction> Transactions, Hash256 BlockHash, bool IsLast);
