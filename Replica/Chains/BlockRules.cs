using System.Buffers.Binary;
using Cloud.Execution.Building;
using Cloud.Execution.Evm;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Replica.Genesis;

namespace Cloud.Replica.Chains;

/// <summary>What a chunk's block must look like, given the block below: the one place for proposers and validators.</summary>
/// <param name="genesis">The rollup.</param>
/// <param name="timetable">Its timetable.</param>
public sealed class BlockRules(GenesisConfig genesis, ConsensusTimetable timetable) : IBlockRules
{
    /// <summary>The block's fields that do not depend on its transactions.</summary>
    /// <param name="parent">Header of the block below.</param>
    /// <param name="parentHash">Its hash.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="index">Index of the chunk in the slot.</param>
    /// <param name="feeRecipient">Who gets the tips: the proposer's choice.</param>
    /// <param name="hashes">Hashes of earlier blocks; null for none.</param>
    /// <returns>The context for builder and verifier.</returns>
    public ChunkContext ContextOf(BlockHeader parent, in Hash256 parentHash, ulong slot, uint index, in Address feeRecipient, IBlockHashes? hashes)
    {
        ArgumentNullException.ThrowIfNull(parent);
        return new ChunkContext
        {
            Chain = genesis.Chain,
            ParentHash = parentHash,
            Number = parent.Number + 1,
            Timestamp = timetable.ChunkTimestamp(slot, index),
            FeeRecipient = feeRecipient,
            GasLimit = genesis.GasLimit,
            BaseFeePerGas = BaseFeeAfter(parent),
            PrevRandao = RandaoOf(in parentHash, slot, index),
            BlockHashes = hashes,
        };
    }

    /// <summary>Base fee of the block on top of another one.</summary>
    /// <param name="parent">Header of the block below.</param>
    /// <returns>In wei, never below <see cref="FeeRules.MinBaseFee"/>.</returns>
    public UInt256 BaseFeeAfter(BlockHeader parent)
    {
        ArgumentNullException.ThrowIfNull(parent);
        return UInt256.Max(BaseFee.Next(parent.BaseFeePerGas, parent.GasUsed, parent.GasLimit, genesis.Fees.Elasticity, genesis.Fees.Denominator), genesis.Fees.MinBaseFee);
    }

    /// <summary>What a chunk may use at most, as a validator checks it.</summary>
    /// <param name="usedInSlot">What the slot's chunks before it use.</param>
    /// <returns>The rest of the slot's limits, and no more than any chunk may use.</returns>
    public ChunkLimits LimitsAfter(in ChunkLimits usedInSlot) => ChunkLimits.Min(genesis.LimitsOfSlot.Minus(in usedInSlot), genesis.ChunkLimits);

    /// <summary>What a chunk may use at most, as a proposer shares the slot's limits out.</summary>
    /// <param name="usedInSlot">What the slot's chunks before it use.</param>
    /// <param name="chunksLeft">How many chunks the slot can still have, this one included.</param>
    /// <returns>The limits.</returns>
    public ChunkLimits ShareAfter(in ChunkLimits usedInSlot, int chunksLeft) => CheckpointBudget.Next(genesis.LimitsOfSlot, in usedInSlot, chunksLeft, genesis.ChunkLimits);

    /// <summary>Whether a slot has no room for another transaction.</summary>
    /// <param name="usedInSlot">What its chunks use.</param>
    /// <returns>True where the smallest transaction does not fit.</returns>
    public bool IsSlotFull(in ChunkLimits usedInSlot)
    {
        ChunkLimits rest = genesis.LimitsOfSlot.Minus(in usedInSlot);
        return rest.Gas < Protocol.Transactions.IntrinsicGas.Base || rest.Transactions < 1 || rest.Data < 128;
    }

    /// <summary>A value that all nodes compute and no proposer chooses: the hash of the block below and of the chunk's place. Not unpredictable, as on every rollup of this kind.</summary>
    private static Hash256 RandaoOf(in Hash256 parentHash, ulong slot, uint index)
    {
        Span<byte> input = stackalloc byte[Hash256.Length + 12];
        parentHash.CopyTo(input);
        BinaryPrimitives.WriteUInt64BigEndian(input[Hash256.Length..], slot);
        BinaryPrimitives.WriteUInt32BigEndian(input[(Hash256.Length + 8)..], index);
        return Keccak256.Hash(input);
    }
}
