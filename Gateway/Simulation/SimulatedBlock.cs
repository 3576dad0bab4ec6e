using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Gateway.Simulation;

/// <summary>A block that eth_simulateV1 has run.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="Transactions">Its transactions, unsigned.</param>
/// <param name="Receipts">One for each transaction.</param>
/// <param name="Calls">One for each transaction.</param>
internal sealed record SimulatedBlock(
    BlockHeader Header, Hash256 Hash, ImmutableArray<Transaction> Transactions, ImmutableArray<Receipt> Receipts, ImmutableArray<SimulatedCall> Calls);
