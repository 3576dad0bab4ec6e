using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Contracts;

[Collection(AnvilCollection.Name)]
public sealed class RegistryTests(Anvil anvil)
{
    private static readonly UInt256 Ether = UInt256.Parse("1000000000000000000");

    [Fact]
    public async Task Before_genesis_validators_join_at_once_and_later_in_a_following_epoch()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil);
        Assert.Equal(4UL, await rollup.NumberAsync("validatorCount"));
        await rollup.SetUpAtAsync(0);
        await rollup.RegisterAsync(TestRollup.Key("late"));
        Assert.Equal((4UL, 1UL), (await rollup.NumberAsync("validatorCount"), await rollup.NumberAsync("pendingChanges")));
        await rollup.SetUpAtAsync(4);
        Assert.Equal((5UL, 0UL), (await rollup.NumberAsync("validatorCount"), await rollup.NumberAsync("pendingChanges")));
        Assert.Equal(Status.Active, await StatusAsync(rollup, TestRollup.Key("late")));
    }

    [Fact]
    public async Task No_more_than_the_churn_limit_changes_in_one_epoch()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, change: p => p with { ChurnLimit = 2 });
        for (int i = 0; i < 5; i++)
        {
            await rollup.RegisterAsync(TestRollup.Key($"late {i}"));
        }

        List<UInt256> counts = [];
        for (ulong epoch = 1; epoch <= 4; epoch++)
        {
            await rollup.SetUpAtAsync(epoch * 4);
            counts.Add(await rollup.NumberAsync("validatorCount"));
        }

        Assert.Equal([6UL, 8UL, 9UL, 9UL], counts.Select(count => (ulong)count));
    }

    [Fact]
    public async Task Registration_wants_the_exact_stake_a_withdrawer_and_the_validator_s_consent_and_only_once()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil, committee: 1);
        byte[] key = TestRollup.Key("new");
        Address other = Anvil.AddressOf(TestRollup.Key("other"));
        Bytes good = Registration(rollup, key, Anvil.Rich);
        Assert.Equal("WrongStake", (await rollup.RevertAsync(good, Ether - UInt256.One)).Name);
        Assert.Equal("WrongStake", (await rollup.RevertAsync(good, Ether + UInt256.One)).Name);
        Assert.Equal($"WrongStake(sent: 0, required: {Ether})", (await rollup.RevertAsync(good)).ToString());
        Assert.Equal("ZeroWithdrawer()", (await rollup.RevertAsync(Registration(rollup, key, default), Ether)).ToString());
        Assert.Equal("BadSignature()", (await rollup.RevertAsync(RollupCalls.Register(other, default), Ether)).ToString());
        Address member = Anvil.AddressOf(rollup.ValidatorKeys[0]);
        Assert.Equal($"AlreadyRegistered(validator: {member})", (await rollup.RevertAsync(Registration(rollup, rollup.ValidatorKeys[0], Anvil.Rich), Ether)).ToString());

        // A signature for another withdrawer registers somebody else, not this validator.
        CompactSignature stolen = Signed(rollup, key, Anvil.Rich);
        await rollup.SendAsync(RollupCalls.Register(other, stolen), Ether);
        Assert.Equal(Status.None, await StatusAsync(rollup, key));
        await rollup.SendAsync(good, Ether);
        Assert.Equal(Status.Active, await StatusAsync(rollup, key));
    }

    [Fact]
    public async Task A_stake_comes_back_to_the_withdrawer_after_the_exit_delay_and_not_before()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, validators: 6);
        byte[] key = TestRollup.Key("leaver");
        byte[] withdrawerKey = TestRollup.Key("withdrawer");
        Address validator = Anvil.AddressOf(key);
        Address withdrawer = Anvil.AddressOf(withdrawerKey);
        await anvil.SendAsync(withdrawer, Bytes.Empty, Ether);
        await rollup.RegisterAsync(key, withdrawer);
        Assert.Equal($"NotActive(validator: {validator})", (await rollup.RevertAsync(RollupCalls.RequestExit(validator), key: withdrawerKey)).ToString());
        await rollup.SetUpAtAsync(4);
        Assert.Equal($"NotWithdrawer(caller: {Anvil.Rich}, withdrawer: {withdrawer})", (await rollup.RevertAsync(RollupCalls.RequestExit(validator))).ToString());
        await rollup.SendAsync(RollupCalls.RequestExit(validator), key: withdrawerKey);
        Assert.Equal(Status.Exiting, await StatusAsync(rollup, key));
        Assert.Equal($"NotActive(validator: {validator})", (await rollup.RevertAsync(RollupCalls.RequestExit(validator), key: withdrawerKey)).ToString());
        Assert.Equal($"NotWithdrawable(validator: {validator}, withdrawableAt: 0)", (await rollup.RevertAsync(RollupCalls.WithdrawStake(validator))).ToString());
        L1Receipt removal = await rollup.SetUpAtAsync(8);
        ulong removedAt = (await anvil.Client.GetBlockAsync(removal.BlockHash, TestContext.Current.CancellationToken)).Require()!.Timestamp;
        ulong free = removedAt + rollup.Parameters.ExitDelay;
        Assert.Equal($"NotWithdrawable(validator: {validator}, withdrawableAt: {free})", (await rollup.RevertAsync(RollupCalls.WithdrawStake(validator))).ToString());
        await anvil.GoToAsync(free);
        UInt256 before = (await anvil.Client.GetBalanceAsync(withdrawer, BlockTag.Latest, TestContext.Current.CancellationToken)).Require();
        await rollup.SendAsync(RollupCalls.WithdrawStake(validator));
        UInt256 after = (await anvil.Client.GetBalanceAsync(withdrawer, BlockTag.Latest, TestContext.Current.CancellationToken)).Require();
        Assert.Equal(Ether, after - before);
        Assert.Equal(Status.None, await StatusAsync(rollup, key));
        Assert.Equal("NotWithdrawable", (await rollup.RevertAsync(RollupCalls.WithdrawStake(validator))).Name);
    }

    [Fact]
    public async Task Those_who_stay_keep_their_places_when_others_leave()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, validators: 9);
        foreach (int i in (int[])[0, 8, 4])
        {
            await rollup.SendAsync(RollupCalls.RequestExit(Anvil.AddressOf(rollup.ValidatorKeys[i])));
        }

        await rollup.SetUpAtAsync(4);
        Assert.Equal(6UL, await rollup.NumberAsync("validatorCount"));
        List<string> set = [];
        for (ulong i = 0; i < 6; i++)
        {
            Address at = new((await rollup.QueryAsync("validatorAt", i)).Span[12..]);
            set.Add(at.ToString());
            Assert.Equal(i + 1, await PositionAsync(rollup, at));
        }

        int[] stay = [1, 2, 3, 5, 6, 7];
        Assert.Equal(stay.Select(i => Anvil.AddressOf(rollup.ValidatorKeys[i]).ToString()).Order(), set.Order());
    }

    [Fact]
    public async Task A_withdrawer_that_takes_no_money_keeps_the_stake_where_it_is()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil, committee: 1);
        byte[] key = TestRollup.Key("stuck");
        Address contract = rollup.Parameters.Verifier;
        await rollup.RegisterAsync(key, contract);
        await anvil.AskAsync("anvil_impersonateAccount", contract.ToString());
        await anvil.AskAsync("anvil_setBalance", contract.ToString(), Ether.ToQuantity());
        System.Text.Json.JsonElement hash = await anvil.AskAsync("eth_sendTransaction", new System.Text.Json.Nodes.JsonObject
        {
            ["from"] = contract.ToString(),
            ["to"] = rollup.Address.ToString(),
            ["data"] = RollupCalls.RequestExit(Anvil.AddressOf(key)).ToString(),
        });
        Assert.True((await anvil.ReceiptAsync(Hash256.Parse(hash.GetString()!))).Succeeded);
        await anvil.GoToAsync(rollup.Parameters.GenesisTime + rollup.Parameters.ExitDelay + 1_000_000);
        Assert.Equal(
            $"TransferFailed(to: {contract})", (await rollup.RevertAsync(RollupCalls.WithdrawStake(Anvil.AddressOf(key)))).ToString());
    }

    [Theory]
    [InlineData("slotDuration")]
    [InlineData("epochSlots")]
    [InlineData("committeeSize")]
    [InlineData("committeeSize above 128")]
    [InlineData("committeeLag")]
    [InlineData("committeeLag above 8")]
    [InlineData("churnLimit")]
    [InlineData("inclusionWindow")]
    [InlineData("proofWindow")]
    [InlineData("ringSize")]
    [InlineData("ringSize too small")]
    [InlineData("stake")]
    [InlineData("equivocationPenalty")]
    [InlineData("publicationPenalty")]
    [InlineData("reporterReward")]
    [InlineData("exitDelay")]
    [InlineData("verifier")]
    public async Task A_deployment_with_an_impossible_parameter_names_it(string parameter)
    {
        Address verifier = (await TestRollup.DeployAsync(anvil, committee: 1)).Parameters.Verifier;
        RollupParameters good = new()
        {
            ChainId = 1,
            GenesisTime = 1,
            SlotDuration = 12,
            Verifier = verifier,
            ExitDelay = RollupParameters.MinExitDelay(12, 32, 2, 1),
        };
        RollupParameters bad = parameter switch
        {
            "slotDuration" => good with { SlotDuration = 0 },
            "epochSlots" => good with { EpochSlots = 0 },
            "committeeSize" => good with { CommitteeSize = 0 },
            "committeeSize above 128" => good with { CommitteeSize = 129 },
            "committeeLag" => good with { CommitteeLag = 0 },
            "committeeLag above 8" => good with { CommitteeLag = 9, ExitDelay = 1_000_000 },
            "churnLimit" => good with { ChurnLimit = 0 },
            "inclusionWindow" => good with { InclusionWindow = 0 },
            "proofWindow" => good with { ProofWindow = 0 },
            "ringSize" => good with { RingSize = 100 },
            "ringSize too small" => good with { RingSize = 64 },
            "stake" => good with { Stake = default },
            "equivocationPenalty" => good with { EquivocationPenalty = 10_001 },
            "publicationPenalty" => good with { PublicationPenalty = 10_001 },
            "reporterReward" => good with { ReporterReward = 5_001 },
            "exitDelay" => good with { ExitDelay = good.ExitDelay - 1 },
            _ => good with { Verifier = Anvil.Rich },
        };
        foreach ((RollupParameters parameters, bool valid) in ((RollupParameters, bool)[])[(good, true), (bad, false)])
        {
            System.Text.Json.Nodes.JsonObject call = new() { ["data"] = parameters.CreationData().ToString(), ["gas"] = "0x989680" };
            L1Result<System.Text.Json.JsonElement> result = await anvil.Rpc.CallAsync("eth_call", [call, "latest"], TestContext.Current.CancellationToken);
            Assert.Equal(valid, result is L1Result<System.Text.Json.JsonElement>.Ok);
            if (result is L1Result<System.Text.Json.JsonElement>.Failed { Failure: L1Failure.Refused refused })
            {
                Assert.Equal($"BadParameter(name: {parameter.Split(' ')[0]})", ContractArtifact.Rollup.Explain(refused.Data)?.ToString());
            }
        }
    }

    private static Bytes Registration(TestRollup rollup, byte[] key, Address withdrawer) => RollupCalls.Register(withdrawer, Signed(rollup, key, withdrawer));

    private static CompactSignature Signed(TestRollup rollup, byte[] key, Address withdrawer) =>
        CompactSignature.From(Secp256k1.Sign(key, Keccak256.Hash(RollupDigests.Registration(TestRollup.L2ChainId, rollup.Address, withdrawer))));

    private static async Task<Status> StatusAsync(TestRollup rollup, byte[] key) => (Status)(int)(ulong)(await RecordAsync(rollup, Anvil.AddressOf(key)))[4];

    private static async Task<ulong> PositionAsync(TestRollup rollup, Address validator) => (ulong)(await RecordAsync(rollup, validator))[2];

    private static async Task<UInt256[]> RecordAsync(TestRollup rollup, Address validator)
    {
        Bytes data = new AbiTuple().Add(validator).EncodeCall(ContractArtifact.Rollup.Selector("validators").Span);
        Bytes record = await rollup.Anvil.CallAsync(new L1Call(rollup.Address, data));
        AbiReader reader = new(record.Span);
        UInt256[] values = new UInt256[5];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = reader.UInt256();
        }

        return values;
    }

    private enum Status
    {
        None,
        Queued,
        Active,
        Exiting,
    }
}
