using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Flashblocks;

/// <summary>The header fields that stay the same while a chunk grows; only flashblock 0 carries them (flashblocks 1.1, "static").</summary>
/// <param name="ParentBeaconBlockRoot">Root of the beacon block of the parent.</param>
/// <param name="ParentHash">Hash of the parent block.</param>
/// <param name="FeeRecipient">Who gets the tips.</param>
/// <param name="PrevRandao">What PREVRANDAO returns.</param>
/// <param name="BlockNumber">Height.</param>
/// <param name="GasLimit">Most gas that the block may use.</param>
/// <param name="Timestamp">Unix seconds.</param>
/// <param name="ExtraData">At most 32 bytes.</param>
/// <param name="BaseFeePerGas">In wei.</param>
public sealed record FlashblockBase(
    Hash256 ParentBeaconBlockRoot,
    Hash256 ParentHash,
    Address FeeRecipient,
    Hash256 PrevRandao,
    ulong BlockNumber,
    ulong GasLimit,
    ulong Timestamp,
    Bytes ExtraData,
    UInt256 BaseFeePerGas)
{
    internal static FlashblockBase? Read(ref FieldReader outer)
    {
        FieldReader fields = outer.List("base");
        if (fields.IsAtEnd)
        {
            return null;
        }

        FlashblockBase value = new(
            fields.Hash("parentBeaconBlockRoot"),
            fields.Hash("parentHash"),
            fields.Address("feeRecipient"),
            fields.Hash("prevRandao"),
            fields.UInt64("blockNumber"),
            fields.UInt64("gasLimit"),
            fields.UInt64("timestamp"),
            fields.Bytes("extraData", Blocks.BlockHeader.MaxExtraDataLength),
            fields.UInt256("baseFeePerGas"));
        fields.End("base");
        return value;
    }

    internal void Write(RlpWriter writer)
    {
        int list = writer.BeginList();
        writer.Write(ParentBeaconBlockRoot);
        writer.Write(ParentHash);
        writer.Write(FeeRecipient);
        writer.Write(PrevRandao);
        writer.Write(BlockNumber);
        writer.Write(GasLimit);
        writer.Write(Timestamp);
        writer.Write(ExtraData);
        writer.Write(BaseFeePerGas);
        writer.EndList(list);
    }
}
