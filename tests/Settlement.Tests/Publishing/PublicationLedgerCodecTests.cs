using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using Cloud.Settlement.Publishing;

namespace Cloud.Settlement.Tests.Publishing;

public sealed class PublicationLedgerCodecTests
{
    private static readonly PublicationRecord Ended = new(
        new PublicationJob(Keccak256.Hash("checkpoint"u8), 7, 1_000, 2_000_000, 3), PublicationEnd.Landed, [new LaneAttempt(default, false, 5, Keccak256.Hash("transaction"u8), 6)], null, "detail",
        Address.Parse("0x00000000000000000000000000000000000000aa", null), 9);

    [Fact]
    public void Who_posted_an_ended_publication_and_with_which_nonce_is_kept()
    {
        PublicationRecord read = Assert.Single(PublicationLedgerCodec.Decode(PublicationLedgerCodec.Encode(PublicationLedger.Empty.Ended(Ended)))!.History);
        Assert.Equal((Ended.Publisher, Ended.Nonce), (read.Publisher, read.Nonce));
        Assert.Equal(Ended.Attempts, read.Attempts);
    }

    [Fact]
    public void A_ledger_of_before_that_was_noted_is_read()
    {
        // The record is the last item of the last item: without its two last fields.
        RlpReader whole = new(PublicationLedgerCodec.Encode(PublicationLedger.Empty.Ended(Ended)));
        using RlpWriter writer = RlpWriter.Rent();
        Assert.True(whole.TryReadList(out RlpReader ledger));
        int all = writer.BeginList();
        Copy(ref ledger, writer, 4);
        Assert.True(ledger.TryReadList(out RlpReader history));
        int list = writer.BeginList();
        Assert.True(history.TryReadList(out RlpReader record));
        int fields = writer.BeginList();
        Assert.True(record.TryCountItems(out int count));
        Copy(ref record, writer, count - 2);
        writer.EndList(fields);
        writer.EndList(list);
        writer.EndList(all);
        PublicationRecord read = Assert.Single(PublicationLedgerCodec.Decode(writer.WrittenSpan)!.History);
        Assert.Equal((default, 0UL, "detail"), (read.Publisher, read.Nonce, read.Detail));

        static void Copy(ref RlpReader reader, RlpWriter writer, int items)
        {
            for (int i = 0; i < items; i++)
            {
                Assert.True(reader.TryReadItem(out ReadOnlySpan<byte> item));
                writer.WriteRaw(item);
            }
        }
    }
}
