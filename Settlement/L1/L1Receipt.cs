using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1;

/// <summary>What became of a transaction in a block.</summary>
/// <param name="TransactionHash">The transaction.</param>
/// <param name="Succeeded">False for a transaction that was mined and reverted.</param>
/// <param name="BlockNumber">Height of the block.</param>
/// <param name="BlockHash">Hash of the block.</param>
/// <param name="GasUsed">Execution gas.</param>
/// <param name="EffectiveGasPrice">Wei paid for a unit of execution gas.</param>
/// <param name="BlobGasUsed">Blob gas; 0 without blobs.</param>
/// <param name="ContractAddress">The contract that it created.</param>
/// <param name="Logs">Its events in order.</param>
/// <remarks>The price of blob gas is left out: anvil reports a wrong one; compute it from the block's excess blob gas.</remarks>
public sealed record L1Receipt(
    Hash256 TransactionHash,
    bool Succeeded,
    ulong BlockNumber,
    Hash256 BlockHash,
    ulong GasUsed,
    UInt256 EffectiveGasPrice,
    ulong BlobGasUsed,
    Address? ContractAddress,
    ImmutableArray<L1Log> Logs);
