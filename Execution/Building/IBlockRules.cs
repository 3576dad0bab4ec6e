using Cloud.Execution.Evm;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Building;

/// <summary>What a chunk's block must look like, given the block below: the rollup's rules, for whoever builds or re-executes.</summary>
public interface IBlockRules
{
    /// <summary>The block's fields that do not depend on its transactions, without deposits.</summary>
    /// <param name="parent">Header of the block below.</param>
    /// <param name="parentHash">Its hash.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="index">Index of the chunk in the slot.</param>
    /// <param name="feeRecipient">Who gets the tips: the proposer's choice.</param>
    /// <param name="hashes">Hashes of earlier blocks; null for none.</param>
    /// <returns>The context for builder and verifier.</returns>
    ChunkContext ContextOf(BlockHeader parent, in Hash256 parentHash, ulong slot, uint index, in Address feeRecipient, IBlockHashes? hashes);

    /// <summary>What a chunk may use at most.</summary>
    /// <param name="usedInSlot">What the slot's chunks before it use.</param>
    /// <returns>The limits.</returns>
    ChunkLimits LimitsAfter(in ChunkLimits usedInSlot);
}
