using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tests.Messages;
using Cloud.Protocol.Transactions;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Protocol.Tests.Flashblocks;

public sealed class FlashblockJsonTests
{
    private static readonly string Zeros = new('0', 512);
    private static readonly FlashblockFrame First = Frame(index: 0);
    private static readonly FlashblockFrame Fourth = Frame(index: 3);

    [Fact]
    public void Trap_2_The_text_of_flashblock_0_is_pinned() => Assert.Equal(
        "{\"payload_id\":\"0x0300aa11bb22cc33\",\"index\":0,"
        + $"\"base\":{{\"parent_beacon_block_root\":\"{H(1)}\",\"parent_hash\":\"{H(2)}\",\"fee_recipient\":\"{A(3)}\",\"prev_randao\":\"{H(4)}\","
        + "\"block_number\":\"0x1e240\",\"gas_limit\":\"0x1c9c380\",\"timestamp\":\"0x68a1b2c4\",\"extra_data\":\"0x00000000fa00000006\",\"base_fee_per_gas\":\"0xfc\"},"
        + $"\"diff\":{{\"state_root\":\"{H(5)}\",\"receipts_root\":\"{H(6)}\",\"logs_bloom\":\"0x{Zeros}\",\"gas_used\":\"0xb41c\",\"block_hash\":\"{H(7)}\","
        + $"\"transactions\":[\"0x7ef8\",\"0x02\"],\"withdrawals\":[],\"withdrawals_root\":\"{H(8)}\",\"blob_gas_used\":\"0x0\"}},"
        + $"\"metadata\":{{\"block_number\":123456,\"new_account_balances\":{{\"{A(9)}\":\"0x2a\"}},"
        + $"\"receipts\":{{\"{H(10)}\":{{\"type\":\"0x7e\",\"status\":\"0x1\",\"cumulativeGasUsed\":\"0xb41c\","
        + $"\"logs\":[{{\"address\":\"{A(11)}\",\"topics\":[\"{H(12)}\"],\"data\":\"0x01\"}}],\"depositNonce\":\"0x1\",\"depositReceiptVersion\":\"0x1\"}}}},"
        + "\"prev_flashblock_id\":\"0-0\"},"
        + $"\"chain_id\":7357,\"rollup\":\"{A(13)}\",\"slot\":100,\"producer\":\"{A(14)}\",\"chunk\":2,\"block_number\":123456,\"previous\":\"{H(0)}\","
        + $"\"is_last\":true,\"timestamp_ms\":1750000000123,\"signature\":\"0x{new string('0', 63)}1{new string('0', 63)}21c\"}}",
        Text(FlashblockJson.Write(First)));

    [Fact]
    public void A_later_flashblock_has_no_base_no_blob_gas_and_only_the_metadata_that_there_is()
    {
        string text = Text(FlashblockJson.Write(Fourth with { Diff = Fourth.Diff with { BlobGasUsed = null }, Metadata = new FlashblockMetadata(), Extension = null }));
        Assert.Equal(
            "{\"payload_id\":\"0x0300aa11bb22cc33\",\"index\":3,"
            + $"\"diff\":{{\"state_root\":\"{H(5)}\",\"receipts_root\":\"{H(6)}\",\"logs_bloom\":\"0x{Zeros}\",\"gas_used\":\"0xb41c\",\"block_hash\":\"{H(7)}\","
            + $"\"transactions\":[\"0x7ef8\",\"0x02\"],\"withdrawals\":[],\"withdrawals_root\":\"{H(8)}\"}},\"metadata\":{{}}}}",
            text);
    }

    [Fact]
    public void Frames_read_back_as_they_were_written()
    {
        Assert.Equal(First, Read(FlashblockJson.Write(First)));
        Assert.Equal(Fourth, Read(FlashblockJson.Write(Fourth)));
    }

    [Fact]
    public void Any_signed_flashblock_survives_text_and_compression() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            MessageGenerators generate = new(seed);
            Flashblock flashblock = generate.Flashblock();
            FlashblockFrame frame = FlashblockFrame.Of(flashblock, seed % 2 == 0 ? null : new FlashblockMetadata { BlockNumber = 5 });
            byte[] text = FlashblockJson.Write(frame);
            FlashblockFrame read = Read(text);
            Assert.Equal(frame, read);
            Flashblock back = read.ToFlashblock()!;
            Assert.Equal(flashblock, back);
            Assert.Equal(flashblock.Encode(), back.Encode());
            if (seed % 10 == 0)
            {
                Assert.Equal(frame, Read(FlashblockFraming.Compress(text)));
            }
        }));

    [Fact]
    public void Metadata_that_follows_from_the_flashblock_is_filled_in()
    {
        Assert.Equal("0-0", FlashblockFrame.Of(Signers.Flashblock(Signers.Payload(index: 0))).Metadata.PreviousFlashblockId);
        FlashblockMetadata metadata = FlashblockFrame.Of(Signers.Flashblock(Signers.Payload(index: 4))).Metadata;
        Assert.Equal((602ul, "602-3"), (metadata.BlockNumber, metadata.PreviousFlashblockId));
    }

    [Theory]
    [InlineData("\n \t")]
    [InlineData("")]
    public void White_space_in_front_of_text_is_skipped(string space) => Assert.Equal(First, Read([.. Encoding.UTF8.GetBytes(space), .. FlashblockJson.Write(First)]));

    [Fact]
    public void Brotli_frames_are_read_with_and_without_a_mark_in_front()
    {
        byte[] compressed = FlashblockFraming.Compress(FlashblockJson.Write(First));
        Assert.True(compressed.Length * 2 < FlashblockJson.Write(First).Length);
        Assert.Equal(First, Read(compressed));
        Assert.Equal(First, Read([0x1e, .. compressed]));
    }

    [Fact]
    public void Trap_1_A_base_that_is_null_is_no_base() => Assert.Equal(Fourth, Read(Edit(Fourth, json => json["base"] = null)));

    [Fact]
    public void Trap_1_Unknown_keys_are_skipped() => Assert.Equal(First, Read(Edit(First, json =>
    {
        json["target_index"] = 5;
        json["diff"]!["access_list_data"] = new JsonObject { ["access_list"] = "0x" };
        json["base"]!["more"] = new JsonArray(1, 2);
        json["metadata"]!["access_list"] = null;
        json["metadata"]!["fees"] = "0x1";
    })));

    [Fact]
    public void Metadata_of_every_era_is_read()
    {
        FlashblockMetadata Era(JsonNode metadata) => Read(Edit(First, json => json["metadata"] = metadata)).Metadata;
        Assert.Equal(new FlashblockMetadata(), Era(new JsonObject()));
        Assert.Equal(new FlashblockMetadata { BlockNumber = 9 }, Era(new JsonObject { ["block_number"] = 9 }));
        Assert.Equal(new FlashblockMetadata { BlockNumber = 9 }, Era(new JsonObject { ["block_number"] = "0x9", ["receipts"] = null, ["new_account_balances"] = 3 }));
        Assert.Equal(
            new FlashblockMetadata { BlockNumber = 9, PreviousFlashblockId = "8-4" },
            Era(new JsonObject { ["block_number"] = 9, ["prev_flashblock_id"] = "8-4" }));
    }

    [Theory]
    [InlineData("Legacy", TransactionType.Legacy)]
    [InlineData("Eip2930", TransactionType.AccessList)]
    [InlineData("Eip1559", TransactionType.DynamicFee)]
    [InlineData("Eip7702", TransactionType.SetCode)]
    [InlineData("Deposit", TransactionType.Deposit)]
    public void Trap_1_Receipts_of_the_older_form_read_as_the_same_value(string tag, TransactionType type)
    {
        byte[] text = Edit(First, json =>
        {
            JsonObject receipt = json["metadata"]!["receipts"]![H(10)]!.AsObject();
            receipt.Remove("type");
            json["metadata"]!["receipts"] = new JsonObject { [H(10)] = new JsonObject { [tag] = receipt.DeepClone() } };
        });
        Assert.Equal(First.Metadata.Receipts[0].Value with { Type = type }, Read(text).Metadata.Receipts.Single().Value);
    }

    [Fact]
    public void A_receipt_that_is_not_understood_is_left_out_and_stops_nothing()
    {
        byte[] text = Edit(First, json => json["metadata"]!["receipts"] = new JsonObject { [H(10)] = new JsonObject { ["Future"] = new JsonObject() }, ["x"] = 1 });
        FlashblockFrame frame = Read(text);
        Assert.Empty(frame.Metadata.Receipts);
        Assert.Equal(First.Diff, frame.Diff);
    }

    [Fact]
    public void A_frame_of_another_system_has_no_signed_flashblock()
    {
        FlashblockFrame frame = Read(Edit(First, json => json.AsObject().Remove("signature")));
        Assert.Null(frame.Extension);
        Assert.Null(frame.ToFlashblock());
        Assert.Equal(First.Diff, frame.Diff);
    }

    [Fact]
    public void A_frame_with_a_payload_id_alone_ends_the_sequence() =>
        Assert.Equal(new FrameReading.EndOfSequence(0x0300aa11bb22cc33), FlashblockFraming.Read("{\"payload_id\":\"0x0300aa11bb22cc33\"}"u8));

    [Fact]
    public void Each_kind_of_broken_frame_has_its_own_fault()
    {
        AssertFault(FrameFault.InvalidCompression, [0xff, 0xfe, 1, 2, 3]);
        AssertFault(FrameFault.InvalidCompression, []);
        AssertFault(FrameFault.InvalidCompression, FlashblockFraming.Compress(FlashblockJson.Write(First))[..^3]);
        AssertFault(FrameFault.InvalidCompression, [.. FlashblockFraming.Compress(FlashblockJson.Write(First)), 0]);
        AssertFault(FrameFault.InvalidText, Brotli([(byte)'{', 0xff, 0xfe]));
        AssertFault(FrameFault.InvalidJson, "{\"payload_id\":"u8.ToArray());
        AssertFault(FrameFault.InvalidJson, "{} {}"u8.ToArray());
        AssertFault(FrameFault.InvalidJson, Brotli("[1]"u8.ToArray()));
        AssertFault(FrameFault.InvalidJson, "{\"payload_id\":\"\\ud800\"}"u8.ToArray());
        AssertFault(FrameFault.InvalidJson, "{\"index\":1,\"index\":2}"u8.ToArray());
        AssertFault(FrameFault.InvalidJson, Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 40)) + "1" + new string('}', 40)));
        AssertFault(FrameFault.MissingMetadata, Edit(First, json => json.AsObject().Remove("metadata")));
        AssertFault(FrameFault.MissingMetadata, Edit(First, json => json["metadata"] = null));
    }

    [Theory]
    [InlineData("payload_id")]
    [InlineData("index")]
    [InlineData("diff")]
    [InlineData("diff.state_root")]
    [InlineData("diff.transactions")]
    [InlineData("diff.withdrawals")]
    [InlineData("diff.withdrawals_root")]
    [InlineData("base.parent_hash")]
    [InlineData("base.base_fee_per_gas")]
    public void A_missing_key_is_named(string path)
    {
        string[] keys = path.Split('.');
        byte[] text = Edit(First, json => (keys.Length == 1 ? json : json[keys[0]]!).AsObject().Remove(keys[^1]));
        Assert.Equal(new FrameReading.Refused(FrameFault.MissingField, keys[^1]), FlashblockFraming.Read(text));
    }

    [Theory]
    [InlineData("payload_id", "\"0x01\"")]
    [InlineData("index", "\"0x1\"")]
    [InlineData("index", "-1")]
    [InlineData("diff", "5")]
    [InlineData("base", "5")]
    [InlineData("diff.gas_used", "1")]
    [InlineData("diff.gas_used", "\"0x\"")]
    [InlineData("diff.gas_used", "\"0x11111111111111111\"")]
    [InlineData("diff.logs_bloom", "\"0x00\"")]
    [InlineData("diff.block_hash", "\"0x00\"")]
    [InlineData("diff.transactions", "[\"0x0\"]")]
    [InlineData("diff.transactions", "{}")]
    [InlineData("diff.blob_gas_used", "7")]
    [InlineData("base.extra_data", "\"0x000000000000000000000000000000000000000000000000000000000000000000\"")]
    [InlineData("signature", "\"0x00\"")]
    [InlineData("is_last", "1")]
    [InlineData("chunk", "4294967296")]
    public void A_value_of_another_form_is_named(string path, string value)
    {
        string[] keys = path.Split('.');
        byte[] text = Edit(First, json => (keys.Length == 1 ? json : json[keys[0]]!)[keys[^1]] = JsonNode.Parse(value));
        Assert.Equal(new FrameReading.Refused(FrameFault.InvalidField, keys[^1]), FlashblockFraming.Read(text));
    }

    [Fact]
    public void Too_many_items_are_refused() =>
        AssertFault(FrameFault.TooMany, Edit(First, json => json["diff"]!["withdrawals"] = new JsonArray([.. Enumerable.Repeat(0, 17).Select(_ => (JsonNode)new JsonObject())])));

    [Fact]
    public void Trap_15_A_stream_that_unpacks_to_more_than_the_limit_is_refused()
    {
        byte[] bomb = Brotli(new byte[FlashblockFraming.MaxLength + 1]);
        Assert.True(bomb.Length < 1000);
        AssertFault(FrameFault.TooLarge, bomb);
        AssertFault(FrameFault.TooLarge, new byte[FlashblockFraming.MaxLength + 1]);
    }

    [Theory]
    [InlineData(21)]
    public void Mutated_frames_are_read_or_refused_without_an_exception(int seed)
    {
        Random random = new(seed);
        byte[][] samples = [FlashblockJson.Write(First), FlashblockJson.Write(Fourth), FlashblockFraming.Compress(FlashblockJson.Write(First))];
        byte[] parts = "{}[]\":,\\u0x9n-1e"u8.ToArray();
        HashSet<FrameFault> faults = [];
        int read = 0;
        for (int i = 0; i < 30_000; i++)
        {
            byte[] frame = [.. samples[random.Next(samples.Length)]];
            for (int round = random.Next(1, 4); round > 0; round--)
            {
                int position = random.Next(frame.Length);
                switch (random.Next(3))
                {
                    case 0:
                        frame[position] ^= (byte)(1 << random.Next(8));
                        break;
                    case 1:
                        frame[position] = parts[random.Next(parts.Length)];
                        break;
                    default:
                        frame = random.Next(4) == 0 ? frame[..(position + 1)] : [.. frame[..position], .. frame[Math.Min(frame.Length, position + random.Next(1, 9))..], (byte)'}'];
                        break;
                }
            }

            try
            {
                switch (FlashblockFraming.Read(frame))
                {
                    case FrameReading.Refused refused:
                        faults.Add(refused.Fault);
                        break;
                    default:
                        read++;
                        break;
                }
            }
            catch (Exception exception)
            {
                Assert.Fail($"seed {seed}, case {i}, frame {Convert.ToHexString(frame)}: {exception}");
            }
        }

        Assert.True(read > 100 && faults.Count >= 5, $"{read} read, faults {string.Join(", ", faults)}");
    }

    private static FlashblockFrame Frame(uint index)
    {
        FlashblockBase? fields = index == 0
            ? new FlashblockBase(Hash(1), Hash(2), Address.Parse(A(3)), Hash(4), 123456, 30_000_000, 0x68a1b2c4, Bytes.FromHex("0x00000000fa00000006"), 252)
            : null;
        FlashblockDiff diff = new(
            Hash(5), Hash(6), Bloom.Empty, 0xb41c, Hash(7), [Bytes.FromHex("0x7ef8"), Bytes.FromHex("0x02")], ImmutableArray<Withdrawal>.Empty, Hash(8), 0);
        Receipt receipt = new()
        {
            Type = TransactionType.Deposit,
            Succeeded = true,
            CumulativeGasUsed = 0xb41c,
            Logs = [new Log(Address.Parse(A(11)), [Hash(12)], Bytes.FromHex("0x01"))],
            DepositNonce = 1,
            DepositReceiptVersion = 1,
        };
        FlashblockMetadata metadata = new()
        {
            BlockNumber = 123456,
            NewAccountBalances = [KeyValuePair.Create(Address.Parse(A(9)), (UInt256)42)],
            Receipts = [KeyValuePair.Create(Hash(10), receipt)],
            PreviousFlashblockId = "0-0",
        };
        FlashblockFrame.SignedPart extension = new(
            new SigningContext(7357, Address.Parse(A(13))), 100, Address.Parse(A(14)), 2, 123456, Hash(0), true, 1_750_000_000_123, new Signature(1, 2, 1));
        return new FlashblockFrame(0x0300aa11bb22cc33, index, fields, diff, metadata, extension);
    }

    private static byte[] Edit(FlashblockFrame frame, Action<JsonNode> edit)
    {
        JsonNode json = JsonNode.Parse(FlashblockJson.Write(frame))!;
        edit(json);
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    private static FlashblockFrame Read(byte[] frame) => Assert.IsType<FrameReading.Flashblock>(FlashblockFraming.Read(frame)).Frame;

    private static void AssertFault(FrameFault fault, byte[] frame) => Assert.Equal(fault, Assert.IsType<FrameReading.Refused>(FlashblockFraming.Read(frame)).Fault);

    private static byte[] Brotli(byte[] text)
    {
        byte[] buffer = new byte[BrotliEncoder.GetMaxCompressedLength(text.Length)];
        Assert.True(BrotliEncoder.TryCompress(text, buffer, out int written));
        return buffer[..written];
    }

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static Hash256 Hash(int number) => Hash256.Parse(H(number));

    private static string H(int number) => "0x" + number.ToString("x64", null);

    private static string A(int number) => "0x" + number.ToString("x40", null);
}
