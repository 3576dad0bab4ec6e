using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using Cloud.Replica.Chain;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Node;

/// <summary>A record of a node's journal: an input that changed something, in the order in which it was handled. Handling all of them again gives the same node.</summary>
/// <remarks>Encoding: RLP [kind, time in ticks since year 1 (UTC), content...]. Messages stand in their canonical encoding.</remarks>
internal abstract record NodeRecord(DateTimeOffset At)
{
    internal const string Format = "preconf-node/2";

    /// <summary>The node starts here: what came before is settled. Followed by what is still needed of it, and <see cref="BaseEnd"/>.</summary>
    internal sealed record Base(DateTimeOffset At, ChainStart Start) : NodeRecord(At);

    internal sealed record BaseEnd(DateTimeOffset At) : NodeRecord(At);

    internal sealed record Submitted(DateTimeOffset At, Bytes Raw, bool IsOwn) : NodeRecord(At);

    internal sealed record Shown(DateTimeOffset At, Flashblock Flashblock) : NodeRecord(At);

    internal sealed record Executed(DateTimeOffset At, ChunkProposal Proposal) : NodeRecord(At);

    internal sealed record Certified(DateTimeOffset At, ChunkCertificate Certificate) : NodeRecord(At);

    internal sealed record CheckpointProposed(DateTimeOffset At, CheckpointProposal Proposal) : NodeRecord(At);

    internal sealed record L1Moved(DateTimeOffset At, L1Update Update) : NodeRecord(At);

    internal sealed record GaveUp(DateTimeOffset At) : NodeRecord(At);

    internal sealed record Dropped(DateTimeOffset At, Hash256 Transaction, string Reason) : NodeRecord(At);

    /// <summary>What this process is about to sign. After a crash it signs exactly this: the ledger may have it already, and allows nothing else.</summary>
    internal sealed record Intended(DateTimeOffset At, FlashblockPayload Payload) : NodeRecord(At);

    internal byte[] Encode()
    {
        using RlpWriter writer = RlpWriter.Rent();
        int list = writer.BeginList();
        writer.Write(KindOf(this));
        writer.Write((ulong)At.UtcTicks);
        switch (this)
        {
            case Base start:
                Write(writer, start.Start);
                break;
            case Submitted submitted:
                writer.Write(submitted.Raw);
                writer.Write(submitted.IsOwn);
                break;
            case Shown shown:
                writer.Write(shown.Flashblock.Encode());
                break;
            case Executed executed:
                writer.Write(executed.Proposal.Encode());
                break;
            case Certified certified:
                writer.Write(certified.Certificate.Encode());
                break;
            case CheckpointProposed proposed:
                writer.Write(proposed.Proposal.Encode());
                break;
            case L1Moved moved:
                L1UpdateCodec.Write(writer, moved.Update);
                break;
            case Intended intended:
                writer.Write(intended.Payload.Encode());
                break;
            case Dropped dropped:
                writer.Write(dropped.Transaction);
                writer.Write(System.Text.Encoding.UTF8.GetBytes(dropped.Reason));
                break;
            default:
                break;
        }

        writer.EndList(list);
        return writer.ToArray();
    }

    /// <summary>Reads a record; null where it is none, which the journal's checksums make a defect or another program's work.</summary>
    internal static NodeRecord? Decode(ReadOnlySpan<byte> encoded)
    {
        RlpReader outer = new(encoded);
        if (!outer.TryReadList(out RlpReader fields) || !fields.TryReadUInt64(out ulong kind) || !fields.TryReadUInt64(out ulong ticks)
            || ticks > (ulong)DateTimeOffset.MaxValue.UtcTicks)
        {
            return null;
        }

        DateTimeOffset at = new((long)ticks, TimeSpan.Zero);
        return kind switch
        {
            1 => ReadStart(ref fields) is { } start ? new Base(at, start) : null,
            2 => new BaseEnd(at),
            3 => fields.TryReadString(out ReadOnlySpan<byte> raw) && fields.TryReadBoolean(out bool isOwn) ? new Submitted(at, Bytes.CopyOf(raw), isOwn) : null,
            4 => Message<Flashblock>(ref fields) is { } flashblock ? new Shown(at, flashblock) : null,
            5 => Message<ChunkProposal>(ref fields) is { } chunk ? new Executed(at, chunk) : null,
            6 => Message<ChunkCertificate>(ref fields) is { } certificate ? new Certified(at, certificate) : null,
            7 => Message<CheckpointProposal>(ref fields) is { } checkpoint ? new CheckpointProposed(at, checkpoint) : null,
            8 => L1UpdateCodec.Read(ref fields) is { } update ? new L1Moved(at, update) : null,
            9 => new GaveUp(at),
            10 => fields.TryReadHash256(out Hash256 hash) && fields.TryReadString(out ReadOnlySpan<byte> reason)
                ? new Dropped(at, hash, System.Text.Encoding.UTF8.GetString(reason))
                : null,
            11 => fields.TryReadString(out ReadOnlySpan<byte> payload) && FlashblockPayload.Decode(payload) is Decoded<FlashblockPayload>.Ok ok ? new Intended(at, ok.Value) : null,
            _ => null,
        };
    }

    private static ulong KindOf(NodeRecord record) => record switch
    {
        Base => 1,
        BaseEnd => 2,
        Submitted => 3,
        Shown => 4,
        Executed => 5,
        Certified => 6,
        CheckpointProposed => 7,
        L1Moved => 8,
        GaveUp => 9,
        Dropped => 10,
        Intended => 11,
        _ => throw new ArgumentOutOfRangeException(nameof(record)),
    };

    private static T? Message<T>(ref RlpReader fields)
        where T : class, IMessage<T> =>
        fields.TryReadString(out ReadOnlySpan<byte> encoded) && T.Decode(encoded) is Decoded<T>.Ok ok ? ok.Value : null;

    private static void Write(RlpWriter writer, ChainStart start)
    {
        Write(writer, start.Block);
        writer.Write(start.Slot is not null);
        writer.Write(start.Slot ?? 0);
        writer.Write(start.Checkpoint);
        writer.Write(start.CheckpointHash);
        writer.Write(start.InHash);
        writer.Write(start.L1 is not null);
        writer.Write(start.L1?.Number ?? 0);
        writer.Write(start.L1?.Hash ?? default);
        Write(writer, start.Proven ?? start.Block);
        Write(writer, start.Finalized ?? start.Block);
    }

    private static void Write(RlpWriter writer, BlockId block)
    {
        writer.Write(block.Number);
        writer.Write(block.Hash);
    }

    private static ChainStart? ReadStart(ref RlpReader fields) =>
        TryRead(ref fields, out BlockId block) && fields.TryReadBoolean(out bool hasSlot) && fields.TryReadUInt64(out ulong slot) && fields.TryReadUInt64(out ulong checkpoint)
        && fields.TryReadHash256(out Hash256 checkpointHash) && fields.TryReadHash256(out Hash256 inHash) && fields.TryReadBoolean(out bool hasL1) && fields.TryReadUInt64(out ulong l1Number)
        && fields.TryReadHash256(out Hash256 l1Hash) && TryRead(ref fields, out BlockId proven) && TryRead(ref fields, out BlockId finalized)
            ? new ChainStart(
                block,
                hasSlot ? slot : null,
                checkpoint,
                hasL1 ? new L1BlockRef(l1Number, l1Hash) : null,
                proven == block ? null : proven,
                finalized == block ? null : finalized,
                checkpointHash,
                inHash)
            : null;

    private static bool TryRead(ref RlpReader fields, out BlockId block)
    {
        bool isRead = fields.TryReadUInt64(out ulong number) & fields.TryReadHash256(out Hash256 hash);
        block = new BlockId(number, hash);
        return isRead;
    }
}
