using Cloud.Execution.Blocks;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Eth;

/// <summary>Which logs of which blocks.</summary>
/// <param name="Filter">Which logs.</param>
/// <param name="From">First block; null for the default.</param>
/// <param name="To">Last block; null for the default.</param>
/// <param name="Block">The one block; null for a range.</param>
internal sealed record LogQuery(LogFilter Filter, BlockReference? From, BlockReference? To, Hash256? Block);
