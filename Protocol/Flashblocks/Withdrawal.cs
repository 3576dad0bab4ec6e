using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Flashblocks;

/// <summary>A withdrawal from the consensus layer (EIP-4895). L2 blocks have none; the wire form has a place for them.</summary>
/// <param name="Index">Number of the withdrawal.</param>
/// <param name="ValidatorIndex">Number of the validator.</param>
/// <param name="Address">Who gets it.</param>
/// <param name="Amount">In Gwei.</param>
public sealed record Withdrawal(ulong Index, ulong ValidatorIndex, Address Address, ulong Amount);
