using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Node;

/// <summary>L1's reports as the journal has them.</summary>
internal static class L1UpdateCodec
{
    internal static void Write(RlpWriter writer, L1Update update)
    {
        int list = writer.BeginList();
        switch (update)
        {
            case L1Update.Block block:
                writer.Write(1UL);
                Write(writer, block.Id);
                writer.Write(block.ParentHash);
                writer.Write((ulong)block.Timestamp.UtcTicks);
                writer.Write(block.IsAfterGap);
                int changes = writer.BeginList();
                foreach (RollupChange change in block.Changes)
                {
                    Write(writer, change);
                }

                writer.EndList(changes);
                break;
            case L1Update.Reorged reorged:
                writer.Write(2UL);
                Write(writer, reorged.Ancestor);
                break;
            case L1Update.Finalized final:
                writer.Write(3UL);
                Write(writer, final.Id);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(update));
        }

        writer.EndList(list);
    }

    internal static L1Update? Read(ref RlpReader outer)
    {
        if (!outer.TryReadList(out RlpReader fields) || !fields.TryReadUInt64(out ulong kind) || !TryRead(ref fields, out L1BlockRef id))
        {
            return null;
        }

        switch (kind)
        {
            case 1:
                if (!fields.TryReadHash256(out Hash256 parent) || !fields.TryReadUInt64(out ulong ticks) || ticks > (ulong)DateTimeOffset.MaxValue.UtcTicks
                    || !fields.TryReadBoolean(out bool isAfterGap) || !fields.TryReadList(out RlpReader items))
                {
                    return null;
                }

                ImmutableArray<RollupChange>.Builder changes = ImmutableArray.CreateBuilder<RollupChange>();
                while (!items.IsAtEnd)
                {
                    if (ReadChange(ref items) is not { } change)
                    {
                        return null;
                    }

                    changes.Add(change);
                }

                return new L1Update.Block(id, parent, new DateTimeOffset((long)ticks, TimeSpan.Zero), changes.ToImmutable()) { IsAfterGap = isAfterGap };
            case 2:
                return new L1Update.Reorged(id);
            case 3:
                return new L1Update.Finalized(id);
            default:
                return null;
        }
    }

    private static void Write(RlpWriter writer, L1BlockRef block)
    {
        writer.Write(block.Number);
        writer.Write(block.Hash);
    }

    private static bool TryRead(ref RlpReader fields, out L1BlockRef block)
    {
        bool isRead = fields.TryReadUInt64(out ulong number) & fields.TryReadHash256(out Hash256 hash);
        block = new L1BlockRef(number, hash);
        return isRead;
    }

    private static void Write(RlpWriter writer, RollupChange change)
    {
        int list = writer.BeginList();
        switch (change)
        {
            case RollupChange.CheckpointLanded landed:
                writer.Write(1UL);
                writer.Write(landed.Number);
                writer.Write(landed.Header.Encode());
                writer.Write((ulong)landed.Verdict);
                break;
            case RollupChange.CheckpointInvalidated invalidated:
                writer.Write(2UL);
                writer.Write(invalidated.Number);
                writer.Write(invalidated.PayloadHash);
                break;
            case RollupChange.ChainPruned pruned:
                writer.Write(3UL);
                writer.Write(pruned.ProvenNumber);
                break;
            case RollupChange.EpochProven proven:
                writer.Write(4UL);
                writer.Write(proven.To);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(change));
        }

        writer.EndList(list);
    }

    private static RollupChange? ReadChange(ref RlpReader outer)
    {
        if (!outer.TryReadList(out RlpReader fields) || !fields.TryReadUInt64(out ulong kind) || !fields.TryReadUInt64(out ulong number))
        {
            return null;
        }

        return kind switch
        {
            1 => fields.TryReadString(out ReadOnlySpan<byte> encoded) && fields.TryReadUInt64(out ulong verdict) && verdict <= (ulong)AttestationVerdict.Incorrect
                && CheckpointHeader.Decode(encoded) is Decoded<CheckpointHeader>.Ok header
                    ? new RollupChange.CheckpointLanded(number, header.Value, (AttestationVerdict)verdict)
                    : null,
            2 => fields.TryReadHash256(out Hash256 payload) ? new RollupChange.CheckpointInvalidated(number, payload) : null,
            3 => new RollupChange.ChainPruned(number),
            4 => new RollupChange.EpochProven(number),
            _ => null,
        };
    }
}
