using Cloud.Execution.Building;
using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Tests.Support;

/// <summary>A rollup's block rules with two-second chunks.</summary>
internal sealed class TestBlockRules(ulong genesisTime, uint slotDuration) : IBlockRules
{
    public static readonly ChainConfig Chain = new() { ChainId = TestRollup.L2ChainId };

    public ChunkContext ContextOf(BlockHeader parent, in Hash256 parentHash, ulong slot, uint index, in Address feeRecipient, IBlockHashes? hashes) => new()
    {
        Chain = Chain,
        ParentHash = parentHash,
        Number = parent.Number + 1,
        Timestamp = genesisTime + (slot * slotDuration) + (index * 2),
        FeeRecipient = feeRecipient,
        GasLimit = 30_000_000,
        BaseFeePerGas = UInt256.Max(BaseFee.Next(parent.BaseFeePerGas, parent.GasUsed, parent.GasLimit), 1_000),
        PrevRandao = parentHash,
        BlockHashes = hashes,
    };

    public ChunkLimits LimitsAfter(in ChunkLimits usedInSlot) => new(30_000_000, 10_000, 1 << 20);
}
