using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Messages;

/// <summary>Which rollup a message belongs to. Every signature is bound to it, and a message of another one is refused before any signature is looked at.</summary>
/// <param name="ChainId">The L2 chain id.</param>
/// <param name="Rollup">The rollup contract on L1.</param>
public readonly record struct SigningContext(ulong ChainId, Address Rollup);
