using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using Cloud.Protocol.Transactions;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Protocol.Tests.Transactions;

public sealed class TransactionTests
{
    private const ulong Chain = 901;

    private const string ViemAccessList =
        "0x01f8ca820385078477359400830186a094353535353535353535353535353535353535353582303984deadbeeff85bf8599411111111111111111111111111111111111111" +
        "11f842a02222222222222222222222222222222222222222222222222222222222222222a0333333333333333333333333333333333333333333333333333333333333333380" +
        "a049ddc449ea91d102a67bc9ea35352cd526a899e742e1dd0f35af7d843828ea7ba05ccbb1dc76a12377874a8b0391c65cdcb01f589057fcc5179604141e4fd036e9";

    private const string ViemDynamicFee =
        "0x02f8cf82038507843b9aca008477359400830186a094353535353535353535353535353535353535353582303984deadbeeff85bf859941111111111111111111111111111" +
        "111111111111f842a02222222222222222222222222222222222222222222222222222222222222222a033333333333333333333333333333333333333333333333333333333" +
        "3333333380a03f08a5ed0128f4b3256d2307a66e60dd5af2208195f40748f14b8cb6432e455ca041d5c6f5b29c5e7f57f79ab038fc1f04a980ea136cb5850fa581c1de7784f5" +
        "a1";

    private const string ViemSetCode =
        "0x04f9012f82038507843b9aca008477359400830186a094353535353535353535353535353535353535353582303984deadbeeff85bf8599411111111111111111111111111" +
        "11111111111111f842a02222222222222222222222222222222222222222222222222222222222222222a0333333333333333333333333333333333333333333333333333333" +
        "3333333333f85ef85c8203859444444444444444444444444444444444444444440880a0bc296adbcd562559d4886953640ee1ed7ba1c81604065b66b5a6b133fc7093f6a04c" +
        "ffefeb522d3e30adf340a4894f1c78123fbbb7c31f684f7a7f1920e5ef070301a05b51fb4dfd5262c9b77860d65908f8af95b71ec1b26aed7a12188f9f00d6b68fa002e3eff7" +
        "ed209ec238c4014a3325a6ce7efe28ddaf8b11c4c831b5fb93271cb8";

    private static readonly byte[] Key = [.. Enumerable.Repeat((byte)0x46, 32)];
    private static readonly TransactionRules Rules = new() { ChainId = Chain, AllowDeposits = true };

    [Fact]
    public void The_example_of_EIP_155_signs_hashes_and_recovers_as_published()
    {
        TransactionFields fields = new()
        {
            Type = TransactionType.Legacy,
            ChainId = 1,
            Nonce = 9,
            MaxFeePerGas = 20_000_000_000,
            MaxPriorityFeePerGas = 20_000_000_000,
            GasLimit = 21_000,
            To = Address.Parse("0x3535353535353535353535353535353535353535"),
            Value = 1_000_000_000_000_000_000,
        };
        Assert.Equal("0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53", fields.SigningHash().ToString());
        Assert.Equal(
            "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83",
            fields.Sign(Key).Raw.ToString());
        Assert.True(fields.Sign(Key).TryGetSender(out Address sender));
        Assert.Equal("0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f", sender.ToString());
    }

    // Golden values from viem 2.57.0 (signTransaction, signAuthorization) with private key 0x46 repeated.
    [Theory]
    [InlineData(TransactionType.AccessList, ViemAccessList)]
    [InlineData(TransactionType.DynamicFee, ViemDynamicFee)]
    [InlineData(TransactionType.SetCode, ViemSetCode)]
    public void Encodings_and_signatures_equal_those_of_another_client(TransactionType type, string expected)
    {
        TransactionFields fields = Example(type);
        Assert.Equal(expected, fields.Sign(Key).Raw.ToString());
    }

    [Fact]
    public void A_deposit_decodes_and_has_its_sender_without_a_signature()
    {
        TransactionFields fields = Example(TransactionType.Deposit);
        Transaction sent = new(fields, default);
        Transaction got = Decode(sent.Raw.Span);
        Assert.Equal(sent.Hash, got.Hash);
        Assert.Equal(fields.Deposit, got.Deposit);
        Assert.True(got.TryGetSender(out Address sender));
        Assert.Equal(fields.Deposit!.From, sender);
        Assert.IsType<TransactionRefusal.DepositNotAllowed>(Refuse(sent.Raw.Span, Rules with { AllowDeposits = false }));
        Assert.Null(fields.Check(Fork.Osaka));
    }

    [Fact]
    public void Signed_transactions_of_every_type_survive_a_round_trip()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(10_000), Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            Transaction sent = RandomTransaction(new Random(seed));
            Transaction got = Decode(sent.Raw.Span);
            return got.Hash == sent.Hash && got.Raw == sent.Raw && got.Signature == sent.Signature && Same(got.Fields, sent.Fields);
        }));
    }

    [Fact]
    public void Mutated_transactions_decode_or_are_refused_and_what_decodes_encodes_to_the_same_bytes()
    {
        Random random = new(7);
        byte[][] seeds = [.. Enumerable.Range(0, 200).Select(_ => RandomTransaction(random).Raw.ToArray())];
        int decoded = 0;
        for (int i = 0; i < 300_000; i++)
        {
            byte[] bytes = Mutate((byte[])seeds[random.Next(seeds.Length)].Clone(), random);
            if (Transaction.Decode(bytes, Rules) is TransactionDecoding.Decoded result)
            {
                decoded++;
                Transaction again = new(result.Transaction.Fields, result.Transaction.Signature);
                Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(again.Raw.Span));
            }
        }

        Assert.True(decoded > 100);
    }

    [Fact]
    public void Items_of_a_block_body_survive_a_round_trip_and_a_wrapped_legacy_transaction_is_refused()
    {
        Random random = new(3);
        using RlpWriter writer = RlpWriter.Rent();
        List<Transaction> sent = [];
        for (int i = 0; i < 50; i++)
        {
            sent.Add(RandomTransaction(random));
            sent[^1].WriteItem(writer);
        }

        RlpReader reader = new(writer.WrittenSpan);
        foreach (Transaction transaction in sent)
        {
            TransactionDecoding item = Transaction.ReadItem(ref reader, Rules);
            Assert.Equal(transaction, Assert.IsType<TransactionDecoding.Decoded>(item).Transaction);
        }

        Assert.True(reader.TryEnd());

        using RlpWriter wrapped = RlpWriter.Rent();
        wrapped.Write(Example(TransactionType.Legacy).Sign(Key).Raw);
        RlpReader second = new(wrapped.WrittenSpan);
        Assert.IsType<TransactionRefusal.Malformed>(Assert.IsType<TransactionDecoding.Refused>(Transaction.ReadItem(ref second, Rules)).Reason);
    }

    [Fact]
    public void Refusals_name_what_is_wrong()
    {
        Assert.IsType<TransactionRefusal.Empty>(Refuse([], Rules));
        Assert.IsType<TransactionRefusal.BlobTransaction>(Refuse([3, 0xc0], Rules));
        Assert.Equal(new TransactionRefusal.UnknownType(0x7f), Refuse([0x7f, 0xc0], Rules));
        Assert.Equal(new TransactionRefusal.UnknownType(0), Refuse([0, 0xc0], Rules));
        Assert.Equal(new TransactionRefusal.TooLarge(131_073, 131_072), Refuse(new byte[131_073], Rules));
        Assert.Equal(new TransactionRefusal.Malformed("envelope", RlpError.Truncated), Refuse([2, 0xc1], Rules));
        Assert.Equal(new TransactionRefusal.Malformed("chainId", RlpError.Truncated), Refuse([2, 0xc0], Rules));
        Assert.Equal(
            new TransactionRefusal.WrongChain(Chain, 5), Refuse(Example(TransactionType.DynamicFee).Sign(Key).Raw.Span, Rules with { ChainId = 5 }));
        Assert.Equal(
            new TransactionRefusal.WrongChain(Chain, 5), Refuse(Example(TransactionType.Legacy).Sign(Key).Raw.Span, Rules with { ChainId = 5 }));
        byte[] unprotected = (Example(TransactionType.Legacy) with { ChainId = null }).Sign(Key).Raw.ToArray();
        Assert.IsType<TransactionRefusal.Unprotected>(Refuse(unprotected, Rules with { AllowUnprotected = false }));
        Assert.IsType<TransactionDecoding.Decoded>(Transaction.Decode(unprotected, Rules));
    }

    [Fact]
    public void Signatures_that_are_not_well_formed_are_refused()
    {
        TransactionFields fields = Example(TransactionType.DynamicFee);
        Signature good = fields.Sign(Key).Signature;
        UInt256 highS = (UInt256)((System.Numerics.BigInteger)Secp256k1.Order - (System.Numerics.BigInteger)good.S);
        AssertFault(SignatureFault.HighS, good with { S = highS, YParity = (byte)(1 - good.YParity) });
        AssertFault(SignatureFault.RecoveryId, good with { YParity = 2 });
        AssertFault(SignatureFault.ROutOfRange, good with { R = 0 });
        AssertFault(SignatureFault.ROutOfRange, good with { R = Secp256k1.Order });
        AssertFault(SignatureFault.SOutOfRange, good with { S = 0 });

        void AssertFault(SignatureFault fault, Signature signature) =>
            Assert.Equal(new TransactionRefusal.InvalidSignature(fault), Refuse(new Transaction(fields, signature).Raw.Span, Rules));
    }

    [Fact]
    public void Checks_without_state_name_the_rule_that_is_broken()
    {
        TransactionFields good = Example(TransactionType.DynamicFee);
        Assert.Null(good.Check(Fork.Osaka));
        Assert.IsType<TransactionRefusal.NonceTooHigh>((good with { Nonce = ulong.MaxValue }).Check(Fork.Osaka));
        Assert.IsType<TransactionRefusal.TipAboveFeeCap>((good with { MaxFeePerGas = 1, MaxPriorityFeePerGas = 2 }).Check(Fork.Osaka));
        Assert.IsType<TransactionRefusal.FeeOverflow>((good with { MaxFeePerGas = UInt256.MaxValue, GasLimit = 60_000 }).Check(Fork.Osaka));
        Assert.Null((good with { MaxFeePerGas = new UInt256(0, 0, 0, 1UL << 47), GasLimit = 65_535 }).Check(Fork.Osaka));
        Assert.IsType<TransactionRefusal.FeeOverflow>((good with { MaxFeePerGas = new UInt256(0, 0, 0, 1UL << 48), GasLimit = 65_536 }).Check(Fork.Osaka));
        Assert.Equal(
            new TransactionRefusal.InitCodeTooLarge(49_153, 49_152),
            (good with { To = null, GasLimit = 10_000_000, Data = new byte[49_153] }).Check(Fork.Osaka));
        Assert.Null((good with { To = null, GasLimit = 10_000_000, Data = new byte[49_152] }).Check(Fork.Osaka));
        Assert.Equal(new TransactionRefusal.GasLimitTooHigh(16_777_217, 16_777_216), (good with { GasLimit = 16_777_217 }).Check(Fork.Osaka));
        Assert.Null((good with { GasLimit = 16_777_217 }).Check(Fork.Prague));
        Assert.IsType<TransactionRefusal.IntrinsicGasTooLow>((good with { GasLimit = 20_999 }).Check(Fork.Osaka));
        Assert.IsType<TransactionRefusal.SetCodeCreates>((Example(TransactionType.SetCode) with { To = null }).Check(Fork.Osaka));
        Assert.IsType<TransactionRefusal.NoAuthorizations>((Example(TransactionType.SetCode) with { Authorizations = [] }).Check(Fork.Osaka));
        Assert.IsType<TransactionRefusal.TypeNotActive>(Example(TransactionType.SetCode).Check(Fork.Cancun));
    }

    [Theory]
    [InlineData(0, 0, Fork.Osaka, 21_000, 21_000)]
    [InlineData(100, 0, Fork.Osaka, 21_400, 22_000)]
    [InlineData(0, 100, Fork.Osaka, 22_600, 25_000)]
    [InlineData(0, 100, Fork.Cancun, 22_600, 0)]
    public void Intrinsic_gas_of_a_call_counts_its_data(int zeros, int others, Fork fork, ulong standard, ulong floor)
    {
        byte[] data = new byte[zeros + others];
        data.AsSpan(zeros).Fill(1);
        TransactionFields call = new() { To = Address.Zero, Data = data };
        Assert.Equal(new IntrinsicGas(standard, floor), IntrinsicGas.Of(call, fork));
    }

    [Fact]
    public void Intrinsic_gas_counts_creation_access_lists_and_authorizations()
    {
        Assert.Equal(21_000UL + 32_000 + (33 * 16) + (2 * 2), IntrinsicGas.Of(new TransactionFields { Data = Filled(33) }, Fork.Osaka).Standard);
        TransactionFields setCode = Example(TransactionType.SetCode) with { Data = Bytes.Empty };
        Assert.Equal(21_000UL + 2_400 + (2 * 1_900) + 25_000, IntrinsicGas.Of(setCode, Fork.Osaka).Standard);

        static byte[] Filled(int length)
        {
            byte[] data = new byte[length];
            data.AsSpan().Fill(1);
            return data;
        }
    }

    [Fact]
    public void An_authorization_recovers_its_authority_unless_it_must_be_skipped()
    {
        Authorization good = Authorization.Sign(Chain, Address.Zero, 4, Key);
        Assert.True(good.TryRecoverAuthority(out Address authority));
        Assert.Equal("0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f", authority.ToString());
        Assert.False(Authorization.Sign(Chain, Address.Zero, ulong.MaxValue, Key).TryRecoverAuthority(out _));
        Assert.False((good with { Signature = good.Signature with { YParity = 2 } }).TryRecoverAuthority(out _));
    }

    internal static TransactionFields Example(TransactionType type) => new()
    {
        Type = type,
        ChainId = type == TransactionType.Deposit ? null : Chain,
        Nonce = type == TransactionType.Deposit ? 0UL : 7,
        MaxPriorityFeePerGas = type switch { TransactionType.DynamicFee or TransactionType.SetCode => 1_000_000_000, TransactionType.Deposit => 0UL, _ => 2_000_000_000 },
        MaxFeePerGas = type == TransactionType.Deposit ? 0UL : 2_000_000_000,
        GasLimit = 100_000,
        To = Address.Parse("0x3535353535353535353535353535353535353535"),
        Value = 12_345,
        Data = Hex.Decode("0xdeadbeef"),
        AccessList = type is TransactionType.Legacy or TransactionType.Deposit ? [] :
        [
            new AccessListEntry(
                Address.Parse("0x1111111111111111111111111111111111111111"),
                [Hash256.Parse("0x" + new string('2', 64)), Hash256.Parse("0x" + new string('3', 64))]),
        ],
        Authorizations = type == TransactionType.SetCode ? [Authorization.Sign(Chain, Address.Parse("0x" + new string('4', 40)), 8, Key)] : [],
        Deposit = type == TransactionType.Deposit
            ? new DepositFields(Hash256.Parse("0x" + new string('5', 64)), Address.Parse("0x" + new string('6', 40)), 77, IsSystem: false)
            : null,
    };

    internal static Transaction RandomTransaction(Random random)
    {
        TransactionType[] types = [TransactionType.Legacy, TransactionType.AccessList, TransactionType.DynamicFee, TransactionType.SetCode, TransactionType.Deposit];
        TransactionFields fields = Example(types[random.Next(types.Length)]);
        fields = fields with
        {
            Nonce = fields.Type == TransactionType.Deposit ? 0 : (ulong)random.NextInt64() >> random.Next(64),
            GasLimit = (ulong)random.NextInt64() >> random.Next(64),
            To = random.Next(3) == 0 ? null : RandomAddress(random),
            Value = RandomNumber(random),
            Data = RandomBytes(random, random.Next(5) == 0 ? random.Next(2000) : random.Next(4)),
        };
        if (fields.Type == TransactionType.Deposit)
        {
            return new Transaction(fields with { Deposit = fields.Deposit! with { Mint = RandomNumber(random), IsSystem = random.Next(2) == 0 } }, default);
        }

        UInt256 price = RandomNumber(random);
        fields = fields with
        {
            ChainId = fields.Type == TransactionType.Legacy && random.Next(2) == 0 ? null : Chain,
            MaxFeePerGas = price,
            MaxPriorityFeePerGas = fields.Type is TransactionType.Legacy or TransactionType.AccessList ? price : RandomNumber(random),
            AccessList = fields.Type == TransactionType.Legacy ? [] :
            [
                .. Enumerable.Range(0, random.Next(4)).Select(_ => new AccessListEntry(
                    RandomAddress(random), [.. Enumerable.Range(0, random.Next(4)).Select(_ => new Hash256(RandomBytes(random, 32)))])),
            ],
        };

        // A real signature costs more than all the rest; form is what is tested here.
        Signature signature = new(new UInt256((ulong)random.NextInt64(1, long.MaxValue), 5), new UInt256((ulong)random.NextInt64(1, long.MaxValue)), (byte)random.Next(2));
        return new Transaction(fields, signature);
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                return bytes[..random.Next(bytes.Length + 1)];
            case 1:
                return [.. bytes, (byte)random.Next(256)];
            default:
                for (int n = random.Next(1, 4); n > 0; n--)
                {
                    bytes[random.Next(Math.Min(bytes.Length, random.Next(2) == 0 ? 12 : int.MaxValue))] = (byte)random.Next(256);
                }

                return bytes;
        }
    }

    private static Address RandomAddress(Random random) => new(RandomBytes(random, 20));

    private static UInt256 RandomNumber(Random random) => UInt256.FromBigEndian(RandomBytes(random, random.Next(33)));

    private static byte[] RandomBytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static Transaction Decode(ReadOnlySpan<byte> raw) => Assert.IsType<TransactionDecoding.Decoded>(Transaction.Decode(raw, Rules)).Transaction;

    private static TransactionRefusal Refuse(ReadOnlySpan<byte> raw, TransactionRules rules) =>
        Assert.IsType<TransactionDecoding.Refused>(Transaction.Decode(raw, rules)).Reason;

    private static bool Same(TransactionFields a, TransactionFields b) =>
        a.AccessList.Length == b.AccessList.Length
        && a.AccessList.Zip(b.AccessList).All(p => p.First.Address == p.Second.Address && p.First.StorageKeys.SequenceEqual(p.Second.StorageKeys))
        && a.Authorizations.SequenceEqual(b.Authorizations)
        && (a with { AccessList = [], Authorizations = [] }) == (b with { AccessList = [], Authorizations = [] });
}
