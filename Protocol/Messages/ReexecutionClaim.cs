using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Messages;

/// <summary>What re-executing a chunk gave, according to who says that the chunk is invalid. Anybody can repeat it.</summary>
/// <param name="Fault">What is wrong.</param>
/// <param name="BlockHash">The block hash that re-execution gave; zero where it gave none.</param>
public sealed record ReexecutionClaim(ReexecutionFault Fault, Hash256 BlockHash);
