using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Statuses;

namespace Cloud.Replica.Views;

/// <summary>All that a node knows of a transaction's way.</summary>
/// <param name="Hash">The transaction.</param>
/// <param name="Status">Where it stands now.</param>
/// <param name="History">How it came there, oldest first, with times; empty for what is settled longer than the node has run.</param>
public sealed record TransactionReport(Hash256 Hash, TransactionStatus Status, ImmutableArray<StatusEntry> History);
