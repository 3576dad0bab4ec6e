using System.Collections.Immutable;
using System.Text.Json;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using Cloud.Protocol.Transactions;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Protocol.Tests.Blocks;

public sealed class BlockTests
{
    // Blocks mined by anvil 1.7.1 (revm, alloy) with chain id 901: "osaka" has 135 transactions of types 0, 1, 2 and 4, "optimism" ends with a deposit.
    private static readonly JsonElement Golden = Load();

    private static readonly TransactionRules Rules = new() { ChainId = 901, AllowDeposits = true };

    [Theory]
    [InlineData("osaka")]
    [InlineData("optimism")]
    public void Hash_and_roots_of_a_block_equal_those_of_another_client(string name)
    {
        JsonElement golden = Golden.GetProperty(name);
        BlockHeader header = Header(golden);
        ImmutableArray<Transaction> transactions = Transactions(golden);
        Receipt[] receipts = Receipts(golden);
        Assert.Equal(Hash(golden.GetProperty("header"), "hash"), header.ComputeHash());
        Assert.Equal(header.TransactionsRoot, Block.TransactionsRootOf(transactions));
        Assert.Equal(header.ReceiptsRoot, Block.ReceiptsRootOf(receipts));
        if (name == "optimism")
        {
            // Anvil leaves the header's bloom empty in the other mode.
            Assert.Equal(header.LogsBloom, Bloom.Of(receipts));
        }
    }

    [Theory]
    [InlineData("osaka")]
    [InlineData("optimism")]
    public void A_block_and_its_receipts_survive_a_round_trip(string name)
    {
        JsonElement golden = Golden.GetProperty(name);
        Block block = new(Header(golden), Transactions(golden));
        Assert.Null(Block.TryDecode(block.Encode(), Rules, out Block? decoded));
        Assert.Equal(block.Hash, decoded!.Hash);
        Assert.Equal(block.Header, decoded.Header);
        Assert.Equal(block.Transactions.AsEnumerable(), decoded.Transactions);
        foreach (Receipt receipt in Receipts(golden))
        {
            Assert.Null(Receipt.TryDecode(receipt.Encode(), out Receipt? again));
            Assert.Equal(receipt, again);
        }
    }

    [Fact]
    public void A_header_of_Cancun_has_no_requests_hash()
    {
        BlockHeader header = Header(Golden.GetProperty("osaka")) with { RequestsHash = null };
        Assert.Null(BlockHeader.TryDecode(header.Encode(), out BlockHeader? decoded));
        Assert.Equal(header, decoded);
    }

    [Fact]
    public void Headers_that_no_block_since_the_merge_can_have_are_refused()
    {
        byte[] good = Header(Golden.GetProperty("osaka")).Encode();
        byte[] ommers = (byte[])good.Clone();
        ommers[3 + 33 + 5] ^= 1;
        Assert.Equal("sha3Uncles", Assert.IsType<BlockRefusal.UnexpectedValue>(BlockHeader.TryDecode(ommers, out _)).Field);
        byte[] difficulty = (byte[])good.Clone();
        int at = 3 + (2 * 33) + 21 + (3 * 33) + 259;
        Assert.Equal(0x80, difficulty[at]);
        difficulty[at] = 1;
        Assert.Equal("difficulty", Assert.IsType<BlockRefusal.UnexpectedValue>(BlockHeader.TryDecode(difficulty, out _)).Field);
        Assert.IsType<BlockRefusal.Malformed>(BlockHeader.TryDecode([.. good, 0], out _));
        Assert.Equal("extraData", Assert.IsType<BlockRefusal.Malformed>(BlockHeader.TryDecode(
            (Header(Golden.GetProperty("osaka")) with { ExtraData = new byte[33] }).Encode(), out _)).Field);
    }

    [Fact]
    public void A_body_that_does_not_belong_to_its_header_is_refused()
    {
        JsonElement golden = Golden.GetProperty("optimism");
        Block block = new(Header(golden), Transactions(golden).RemoveAt(1));
        Assert.Equal(new BlockRefusal.Mismatch("transactionsRoot"), Block.TryDecode(block.Encode(), Rules, out Block? decoded));
        Assert.Null(decoded);
        Block deposits = new(Header(golden), Transactions(golden));
        Assert.Equal(7, Assert.IsType<BlockRefusal.InvalidTransaction>(Block.TryDecode(deposits.Encode(), Rules with { AllowDeposits = false }, out _)).Index);
    }

    [Fact]
    public void Mutated_blocks_and_receipts_are_refused_or_decode_but_never_throw()
    {
        Random random = new(11);
        JsonElement golden = Golden.GetProperty("optimism");
        byte[] block = new Block(Header(golden), Transactions(golden)).Encode();
        byte[][] receipts = [.. Receipts(golden).Select(r => r.Encode())];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = (byte[])block.Clone();
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (Block.TryDecode(bytes, Rules, out Block? decoded) is null)
            {
                Assert.Equal(bytes, decoded!.Encode());
            }

            byte[] receipt = (byte[])receipts[random.Next(receipts.Length)].Clone();
            receipt[random.Next(2) == 0 ? random.Next(12) : random.Next(receipt.Length)] = (byte)random.Next(256);
            if (Receipt.TryDecode(receipt, out Receipt? got) is null)
            {
                Assert.Equal(receipt, got!.Encode());
            }
        }
    }

    [Fact]
    public void Receipts_of_any_content_survive_a_round_trip()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(10_000), Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            Random random = new(seed);
            bool deposit = random.Next(4) == 0;
            Receipt receipt = new()
            {
                Type = deposit ? TransactionType.Deposit : (TransactionType)(random.Next(3) switch { 0 => 0, 1 => 2, _ => 4 }),
                Succeeded = random.Next(2) == 0,
                CumulativeGasUsed = (ulong)random.NextInt64() >> random.Next(64),
                Logs = [.. Enumerable.Range(0, random.Next(3)).Select(_ => RandomLog(random))],
                DepositNonce = deposit ? (ulong)random.Next(1000) : null,
                DepositReceiptVersion = deposit ? 1UL : null,
            };
            return Receipt.TryDecode(receipt.Encode(), out Receipt? decoded) is null && decoded == receipt && decoded!.Bloom.Equals(receipt.Bloom);
        }));
    }

    [Fact]
    public void A_copy_of_a_receipt_with_other_logs_has_the_filter_of_its_own_logs()
    {
        Receipt receipt = new() { Type = TransactionType.Legacy, Succeeded = true, CumulativeGasUsed = 1, Logs = [RandomLog(new Random(1))] };
        Assert.NotEqual(Bloom.Empty, receipt.Bloom);
        Assert.Equal(Bloom.Empty, (receipt with { Logs = [] }).Bloom);
    }

    [Fact]
    public void A_bloom_contains_what_was_put_in()
    {
        Log log = RandomLog(new Random(5));
        Bloom bloom = Bloom.Of([log]);
        Address address = log.Address;
        Assert.True(bloom.MayContain(Address.AsSpan(in address)));
        Assert.False(bloom.MayContain([1, 2, 3]));
        Assert.False(Bloom.Empty.MayContain(Address.AsSpan(in address)));
        Assert.Equal(bloom, Bloom.FromBytes(bloom.Span));
    }

    [Fact]
    public void Hashes_of_empty_things_are_what_they_are_called()
    {
        Assert.Equal(KnownHashes.EmptyCode, Keccak256.Hash([]));
        Assert.Equal(KnownHashes.EmptyTrieRoot, Keccak256.Hash([0x80]));
        Assert.Equal(KnownHashes.EmptyOmmers, Keccak256.Hash([0xc0]));
        Assert.Equal(KnownHashes.EmptyOmmers, Log.HashOf([]));
        Assert.Equal(KnownHashes.EmptyTrieRoot, Block.TransactionsRootOf([]));
        Assert.Equal(KnownHashes.EmptyRequests, new Hash256(System.Security.Cryptography.SHA256.HashData([])));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(300)]
    [InlineData(70_000)]
    public void The_root_of_a_list_does_not_depend_on_how_its_keys_are_sorted(int count)
    {
        byte[][] items = [.. Enumerable.Range(0, count).Select(i => BitConverter.GetBytes(i + 1))];
        List<(byte[] Key, byte[] Value)> entries = [];
        for (int i = 0; i < count; i++)
        {
            using RlpWriter writer = RlpWriter.Rent();
            writer.Write(i);
            entries.Add((writer.ToArray(), items[i]));
        }

        entries.Sort((a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        Assert.Equal(TrieVectorTests.RootOf(entries), OrderedTrie.Root(items, (item, writer) => writer.WriteRaw(item)));
    }

    private static Log RandomLog(Random random)
    {
        byte[] bytes = new byte[200];
        random.NextBytes(bytes);
        return new Log(
            new Address(bytes.AsSpan(0, 20)), [.. Enumerable.Range(0, random.Next(5)).Select(i => new Hash256(bytes.AsSpan(20 + i, 32)))], Bytes.CopyOf(bytes.AsSpan(0, random.Next(100))));
    }

    private static JsonElement Load()
    {
        using Stream stream = typeof(BlockTests).Assembly.GetManifestResourceStream("Cloud.Protocol.Tests.Blocks.anvil-blocks.json")!;
        return JsonDocument.Parse(stream).RootElement;
    }

    private static BlockHeader Header(JsonElement golden)
    {
        JsonElement h = golden.GetProperty("header");
        return new BlockHeader
        {
            ParentHash = Hash(h, "parentHash"),
            FeeRecipient = Address.Parse(h.GetProperty("miner").GetString()!),
            StateRoot = Hash(h, "stateRoot"),
            TransactionsRoot = Hash(h, "transactionsRoot"),
            ReceiptsRoot = Hash(h, "receiptsRoot"),
            LogsBloom = Bloom.FromBytes(Hex.Decode(h.GetProperty("logsBloom").GetString())),
            Number = Number(h, "number"),
            GasLimit = Number(h, "gasLimit"),
            GasUsed = Number(h, "gasUsed"),
            Timestamp = Number(h, "timestamp"),
            ExtraData = Hex.Decode(h.GetProperty("extraData").GetString()),
            PrevRandao = Hash(h, "mixHash"),
            BaseFeePerGas = Number(h, "baseFeePerGas"),
            WithdrawalsRoot = Hash(h, "withdrawalsRoot"),
            BlobGasUsed = Number(h, "blobGasUsed"),
            ExcessBlobGas = Number(h, "excessBlobGas"),
            ParentBeaconBlockRoot = Hash(h, "parentBeaconBlockRoot"),
            RequestsHash = Hash(h, "requestsHash"),
        };
    }

    private static ImmutableArray<Transaction> Transactions(JsonElement golden)
    {
        List<Transaction> transactions = [];
        foreach (JsonElement raw in golden.GetProperty("transactions").EnumerateArray())
        {
            transactions.Add(Assert.IsType<TransactionDecoding.Decoded>(Transaction.Decode(Hex.Decode(raw.GetString()), Rules)).Transaction);
        }

        // Anvil cannot give a deposit's raw bytes; its fields are those that it was asked to send, and its hash is anvil's.
        if (golden.GetProperty("receipts").GetArrayLength() > transactions.Count)
        {
            Transaction deposit = new(
                new TransactionFields
                {
                    Type = TransactionType.Deposit,
                    To = Address.Parse("0x5fbdb2315678afecb367f032d93f642f64180aa3"),
                    GasLimit = 100_000,
                    Deposit = new DepositFields(Hash256.Parse("0x" + new string('5', 64)), Address.Parse("0x" + new string('6', 40)), 77, IsSystem: false),
                },
                default);
            Assert.Equal("0x8834a82f18d2a1708e58eff37b1cd1d79002df89267804cd59c52164f10835ca", deposit.Hash.ToString());
            transactions.Add(deposit);
        }

        return [.. transactions];
    }

    private static Receipt[] Receipts(JsonElement golden) =>
    [
        .. golden.GetProperty("receipts").EnumerateArray().Select(r => new Receipt
        {
            Type = (TransactionType)Number(r, "type"),
            Succeeded = Number(r, "status") == 1,
            CumulativeGasUsed = Number(r, "cumulativeGasUsed"),
            Logs =
            [
                .. r.GetProperty("logs").EnumerateArray().Select(l => new Log(
                    Address.Parse(l.GetProperty("address").GetString()!),
                    [.. l.GetProperty("topics").EnumerateArray().Select(t => Hash256.Parse(t.GetString()!))],
                    Hex.Decode(l.GetProperty("data").GetString()))),
            ],
            DepositNonce = r.TryGetProperty("depositNonce", out _) ? Number(r, "depositNonce") : null,
            DepositReceiptVersion = r.TryGetProperty("depositReceiptVersion", out _) ? Number(r, "depositReceiptVersion") : null,
        }),
    ];

    private static Hash256 Hash(JsonElement element, string name) => Hash256.Parse(element.GetProperty(name).GetString()!);

    private static ulong Number(JsonElement element, string name) => (ulong)UInt256.Parse(element.GetProperty(name).GetString());
}
