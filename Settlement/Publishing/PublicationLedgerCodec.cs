using System.Collections.Immutable;
using System.Text;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Settlement.Publishing;

/// <summary>The stored form of a ledger, in RLP.</summary>
public static class PublicationLedgerCodec
{
    private const ulong Format = 1;
    private const int MaxText = 1 << 12;
    private const int MaxData = 1 << 20;

    /// <summary>Writes a ledger.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <returns>RLP.</returns>
    public static byte[] Encode(PublicationLedger ledger)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        using RlpWriter writer = RlpWriter.Rent();
        int all = writer.BeginList();
        writer.Write(Format);
        writer.Write(ledger.Version);
        WriteAll(writer, ledger.Lanes, WriteLane);
        WriteAll(writer, ledger.Queue, WriteQueued);
        WriteAll(writer, ledger.History, WriteRecord);
        writer.EndList(all);
        return writer.ToArray();
    }

    /// <summary>Reads a ledger.</summary>
    /// <param name="stored">What <see cref="Encode"/> gave.</param>
    /// <returns>The ledger; null for other bytes.</returns>
    public static PublicationLedger? Decode(ReadOnlySpan<byte> stored)
    {
        RlpReader reader = new(stored);
        return reader.TryReadList(out RlpReader fields) && reader.TryEnd() && fields.TryReadUInt64(out ulong format) && format == Format
            && fields.TryReadUInt64(out ulong version)
            && TryReadAll(ref fields, ReadLane, out ImmutableArray<LaneState> lanes)
            && TryReadAll(ref fields, ReadQueued, out ImmutableArray<QueuedPublication> queue)
            && TryReadAll(ref fields, ReadRecord, out ImmutableArray<PublicationRecord> history)
            && fields.TryEnd()
                ? new PublicationLedger(version, lanes, queue, history)
                : null;
    }

    private delegate T? Read<T>(ref RlpReader reader)
        where T : class;

    private static void WriteAll<T>(RlpWriter writer, ImmutableArray<T> items, Action<RlpWriter, T> write)
    {
        int list = writer.BeginList();
        foreach (T item in items)
        {
            int fields = writer.BeginList();
            write(writer, item);
            writer.EndList(fields);
        }

        writer.EndList(list);
    }

    private static bool TryReadAll<T>(ref RlpReader reader, Read<T> read, out ImmutableArray<T> items)
        where T : class
    {
        items = [];
        if (!reader.TryReadList(out RlpReader list) || !list.TryCountItems(out int count))
        {
            return false;
        }

        ImmutableArray<T>.Builder builder = ImmutableArray.CreateBuilder<T>(count);
        for (int i = 0; i < count; i++)
        {
            if (!list.TryReadList(out RlpReader fields) || read(ref fields) is not { } item || !fields.TryEnd())
            {
                return false;
            }

            builder.Add(item);
        }

        items = builder.MoveToImmutable();
        return true;
    }

    /// <summary>Absent values are an empty list, present ones a list of one.</summary>
    private static void WriteOptional(RlpWriter writer, ulong? value)
    {
        int list = writer.BeginList();
        if (value is { } number)
        {
            writer.Write(number);
        }

        writer.EndList(list);
    }

    private static bool TryReadOptional(ref RlpReader reader, out ulong? value)
    {
        value = null;
        if (!reader.TryReadList(out RlpReader list))
        {
            return false;
        }

        if (list.IsAtEnd)
        {
            return list.Error == RlpError.None;
        }

        bool read = list.TryReadUInt64(out ulong number) && list.TryEnd();
        value = number;
        return read;
    }

    private static void WriteJob(RlpWriter writer, PublicationJob job)
    {
        writer.Write(job.Checkpoint);
        writer.Write(job.Slot);
        writer.Write(job.Deadline);
        writer.Write(job.GasLimit);
        writer.Write((ulong)job.Blobs);
    }

    private static PublicationJob? ReadJob(ref RlpReader reader) =>
        reader.TryReadHash256(out Hash256 checkpoint) && reader.TryReadUInt64(out ulong slot) && reader.TryReadUInt64(out ulong deadline)
        && reader.TryReadUInt64(out ulong gas) && reader.TryReadInt32(out int blobs)
            ? new PublicationJob(checkpoint, slot, deadline, gas, blobs)
            : null;

    private static void WriteInclusion(RlpWriter writer, Inclusion? inclusion)
    {
        int list = writer.BeginList();
        if (inclusion is not null)
        {
            writer.Write(inclusion.BlockNumber);
            writer.Write(inclusion.BlockHash);
            writer.Write(inclusion.Succeeded);
        }

        writer.EndList(list);
    }

    private static bool TryReadInclusion(ref RlpReader reader, out Inclusion? inclusion)
    {
        inclusion = null;
        if (!reader.TryReadList(out RlpReader list))
        {
            return false;
        }

        if (list.IsAtEnd)
        {
            return list.Error == RlpError.None;
        }

        bool read = list.TryReadUInt64(out ulong number) & list.TryReadHash256(out Hash256 hash) & list.TryReadBoolean(out bool succeeded) && list.TryEnd();
        inclusion = new Inclusion(number, hash, succeeded);
        return read;
    }

    private static void WriteAttempt(RlpWriter writer, LaneAttempt attempt)
    {
        writer.Write(attempt.Fees.Tip);
        writer.Write(attempt.Fees.FeeCap);
        writer.Write(attempt.Fees.BlobFeeCap);
        writer.Write(attempt.IsCancel);
        writer.Write(attempt.DecidedAt);
        writer.Write(attempt.Hash is { } hash ? Hash256.AsSpan(in hash) : []);
        WriteOptional(writer, attempt.SentAt);
        writer.Write(attempt.IsUnderpriced);
        writer.Write(attempt.Signature.R);
        writer.Write(attempt.Signature.S);
        writer.Write((ulong)attempt.Signature.YParity);
        writer.Write(attempt.Data);
    }

    private static LaneAttempt? ReadAttempt(ref RlpReader reader)
    {
        if (!reader.TryReadUInt256(out UInt256 tip) || !reader.TryReadUInt256(out UInt256 feeCap) || !reader.TryReadUInt256(out UInt256 blobFeeCap)
            || !reader.TryReadBoolean(out bool isCancel) || !reader.TryReadUInt64(out ulong decidedAt) || !reader.TryReadString(out ReadOnlySpan<byte> hash)
            || hash.Length is not (0 or Hash256.Length) || !TryReadOptional(ref reader, out ulong? sentAt) || !reader.TryReadBoolean(out bool isUnderpriced)
            || !reader.TryReadUInt256(out UInt256 r) || !reader.TryReadUInt256(out UInt256 s) || !reader.TryReadUInt64(out ulong parity) || parity > 1
            || !reader.TryReadBytes(MaxData, out Bytes data))
        {
            return null;
        }

        return new LaneAttempt(
            new FeeBid(tip, feeCap, blobFeeCap), isCancel, decidedAt, hash.IsEmpty ? null : new Hash256(hash), sentAt, isUnderpriced, new Signature(r, s, (byte)parity), data);
    }

    private static void WriteLane(RlpWriter writer, LaneState lane)
    {
        writer.Write(lane.Publisher);
        WriteAll(writer, lane.Items, WriteItem);
    }

    private static LaneState? ReadLane(ref RlpReader reader) =>
        reader.TryReadAddress(out Address publisher) && TryReadAll(ref reader, ReadItem, out ImmutableArray<LaneItem> items) ? new LaneState(publisher, items) : null;

    private static void WriteItem(RlpWriter writer, LaneItem item)
    {
        writer.Write(item.Nonce);
        WriteJob(writer, item.Job);
        WriteAll(writer, item.Attempts, WriteAttempt);
        WriteInclusion(writer, item.Inclusion);
        WriteOptional(writer, item.LostAt);
    }

    private static LaneItem? ReadItem(ref RlpReader reader) =>
        reader.TryReadUInt64(out ulong nonce) && ReadJob(ref reader) is { } job && TryReadAll(ref reader, ReadAttempt, out ImmutableArray<LaneAttempt> attempts)
        && !attempts.IsEmpty && TryReadInclusion(ref reader, out Inclusion? inclusion) && TryReadOptional(ref reader, out ulong? lostAt)
            ? new LaneItem(nonce, job, attempts, inclusion, lostAt)
            : null;

    private static void WriteQueued(RlpWriter writer, QueuedPublication queued)
    {
        WriteJob(writer, queued.Job);
        writer.Write(queued.Parent);
        writer.Write(queued.NotBefore);
        WriteOptional(writer, queued.InvalidateFirst);
    }

    private static QueuedPublication? ReadQueued(ref RlpReader reader) =>
        ReadJob(ref reader) is { } job && reader.TryReadHash256(out Hash256 parent) && reader.TryReadUInt64(out ulong notBefore) && TryReadOptional(ref reader, out ulong? first)
            ? new QueuedPublication(job, parent, notBefore, first)
            : null;

    private static void WriteRecord(RlpWriter writer, PublicationRecord record)
    {
        WriteJob(writer, record.Job);
        writer.Write((ulong)record.End);
        WriteAll(writer, record.Attempts, WriteAttempt);
        WriteInclusion(writer, record.Inclusion);
        writer.Write(Encoding.UTF8.GetBytes(record.Detail.Length > MaxText / 4 ? record.Detail[..(MaxText / 4)] : record.Detail));
        writer.Write(record.Publisher);
        writer.Write(record.Nonce);
    }

    private static PublicationRecord? ReadRecord(ref RlpReader reader)
    {
        if (ReadJob(ref reader) is not { } job || !reader.TryReadUInt64(out ulong end)
            || end is not ((ulong)PublicationEnd.Landed or (ulong)PublicationEnd.Expired or (ulong)PublicationEnd.PostedElsewhere)
            || !TryReadAll(ref reader, ReadAttempt, out ImmutableArray<LaneAttempt> attempts) || !TryReadInclusion(ref reader, out Inclusion? inclusion)
            || !reader.TryReadBytes(MaxText, out Bytes detail))
        {
            return null;
        }

        // Ledgers of before these were noted end here.
        Address publisher = default;
        ulong nonce = 0;
        return reader.IsAtEnd || (reader.TryReadAddress(out publisher) && reader.TryReadUInt64(out nonce))
            ? new PublicationRecord(job, (PublicationEnd)end, attempts, inclusion, Encoding.UTF8.GetString(detail.Span), publisher, nonce)
            : null;
    }
}
