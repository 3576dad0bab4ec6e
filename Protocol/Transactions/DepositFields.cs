using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Transactions;

/// <summary>What only a deposit has (OP Stack specification, "Deposits").</summary>
/// <param name="SourceHash">Tells deposits with equal content apart: where on L1 it comes from.</param>
/// <param name="From">The sender; nobody signs.</param>
/// <param name="Mint">Wei to create on the sender's account before the call; stays even where the call fails.</param>
/// <param name="IsSystem">Whether it does not count against the block's gas limit. Unused since Regolith.</param>
public sealed record DepositFields(Hash256 SourceHash, Address From, UInt256 Mint, bool IsSystem);
