using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Contracts;

[Collection(AnvilCollection.Name)]
public sealed class EvidenceTests(Anvil anvil)
{
    private static readonly Hash256 One = Keccak256.Hash([1]);
    private static readonly Hash256 Two = Keccak256.Hash([2]);
    private static readonly Address Producer = Anvil.AddressOf(TestRollup.Key("producer"));

    private static readonly Duty[] Duties =
    [
        Duty.Flashblock(7, 2, 5),
        Duty.ChunkProposal(7, 2),
        Duty.CheckpointProposal(7),
        Duty.ChunkAttestation(7, Producer, 2, AttestationKind.Executed),
        Duty.ChunkAttestation(7, Producer, 2, AttestationKind.Locked),
        Duty.CheckpointAttestation(7, AttestationKind.Executed),
    ];

    public static TheoryData<int> Kinds => [.. Enumerable.Range(0, Duties.Length)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Two_contradictory_messages_as_the_library_signs_them_cost_stake_at_once(int kind)
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil);
        byte[] key = rollup.ValidatorKeys[1];
        Address offender = Anvil.AddressOf(key);
        Duty duty = Duties[kind];
        L1Receipt receipt = await rollup.SendAsync(Evidence(rollup, key, duty));
        UInt256 penalty = rollup.Parameters.Stake * rollup.Parameters.EquivocationPenalty / 10_000UL;
        RollupEvent[] events = [.. receipt.Logs.Select(RollupEvent.Read)];
        Assert.Contains(new RollupEvent.EquivocationProven(offender, (byte)duty.Kind, 7, One, Two), events);
        Assert.Contains(new RollupEvent.ValidatorSlashed(offender, Anvil.Rich, penalty, penalty / 10UL), events);
        Assert.Equal(3UL, await rollup.NumberAsync("validatorCount"));

        // The same fault in other words, and swapped, costs nothing more.
        Assert.Equal($"AlreadyPunished(validator: {offender}, slot: 7)", (await rollup.RevertAsync(Evidence(rollup, key, duty))).ToString());
        Bytes swapped = RollupCalls.SlashEquivocation(Position(duty), Signed(rollup, key, duty, Two), Signed(rollup, key, duty, One));
        Assert.Equal("AlreadyPunished", (await rollup.RevertAsync(swapped)).Name);
    }

    [Fact]
    public async Task Two_publications_of_different_headers_are_equivocation_and_of_different_blobs_are_not()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil);
        byte[] key = rollup.ValidatorKeys[0];
        EquivocationPosition position = new(RollupDigests.PublicationKind, 3);
        EquivocatingMessage Publish(Hash256 payload, Hash256 blobs) => new(
            payload,
            CompactSignature.From(Secp256k1.Sign(key, Keccak256.Hash(RollupDigests.Publication(TestRollup.L2ChainId, rollup.Address, 3, payload, blobs)))),
            blobs);
        Assert.Equal(
            $"SamePayload(payloadHash: {One})", (await rollup.RevertAsync(RollupCalls.SlashEquivocation(position, Publish(One, One), Publish(One, Two)))).ToString());
        await rollup.SendAsync(RollupCalls.SlashEquivocation(position, Publish(One, One), Publish(Two, Two)));
        Assert.Equal(3UL, await rollup.NumberAsync("validatorCount"));
    }

    [Fact]
    public async Task Different_positions_slots_or_kinds_are_no_contradiction()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil);
        byte[] key = rollup.ValidatorKeys[0];
        Duty duty = Duty.ChunkProposal(7, 2);
        Duty[] others =
        [
            Duty.ChunkProposal(8, 2), Duty.ChunkProposal(7, 3), Duty.CheckpointProposal(7), Duty.ChunkAttestation(7, Producer, 2, AttestationKind.Executed), Duty.Flashblock(7, 2, 0),
        ];
        foreach (Duty other in others)
        {
            Bytes data = RollupCalls.SlashEquivocation(Position(duty), Signed(rollup, key, duty, One), Signed(rollup, key, other, Two));
            Assert.Equal("DifferentSigners", (await rollup.RevertAsync(data)).Name);
        }

        Duty stored = Duty.CheckpointAttestation(7, AttestationKind.Stored);
        Duty executed = Duty.CheckpointAttestation(7, AttestationKind.Executed);
        Bytes kinds = RollupCalls.SlashEquivocation(Position(stored), Signed(rollup, key, stored, One), Signed(rollup, key, executed, Two));
        Assert.Equal("DifferentSigners", (await rollup.RevertAsync(kinds)).Name);
        Assert.Equal(4UL, await rollup.NumberAsync("validatorCount"));
    }

    [Fact]
    public async Task Evidence_must_be_of_one_registered_validator_with_two_good_signatures()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil);
        (byte[] key, byte[] other, byte[] stranger) = (rollup.ValidatorKeys[0], rollup.ValidatorKeys[1], TestRollup.Key("stranger"));
        Duty duty = Duty.ChunkProposal(7, 2);
        EquivocatingMessage good = Signed(rollup, key, duty, One);
        async Task<string> ErrorAsync(EquivocatingMessage first, EquivocatingMessage second, EquivocationPosition? position = null) =>
            (await rollup.RevertAsync(RollupCalls.SlashEquivocation(position ?? Position(duty), first, second))).ToString();
        Assert.Equal($"SamePayload(payloadHash: {One})", await ErrorAsync(good, good));
        Assert.Equal(
            $"DifferentSigners(first: {Anvil.AddressOf(key)}, second: {Anvil.AddressOf(other)})", await ErrorAsync(good, Signed(rollup, other, duty, Two)));
        Assert.Equal(
            $"UnknownValidator(signer: {Anvil.AddressOf(stranger)})", await ErrorAsync(Signed(rollup, stranger, duty, One), Signed(rollup, stranger, duty, Two)));
        Hash256 digest = rollup.Domains.Digest(new Statement(duty, Two));
        Assert.Equal("BadSignature()", await ErrorAsync(good, new EquivocatingMessage(Two, BadSignatures.Unrecoverable(digest))));
        Assert.Equal("BadSignature()", await ErrorAsync(new EquivocatingMessage(Two, default), good));
        EquivocationPosition position = Position(duty);
        foreach (EquivocationPosition bad in (EquivocationPosition[])[position with { Index = 1 }, position with { Producer = Producer }, position with { Attestation = 2 }])
        {
            Assert.Equal("BadPosition()", await ErrorAsync(good, Signed(rollup, key, duty, Two), bad));
        }

        Assert.Equal("BadPosition()", await ErrorAsync(good with { BlobsHash = One }, Signed(rollup, key, duty, Two)));
        Assert.Equal("BadPosition()", await ErrorAsync(good, Signed(rollup, key, duty, Two), new EquivocationPosition(3, 7, Chunk: 1)));
        foreach (byte kind in (byte[])[0, 6, 7, 8, 10, 255])
        {
            Assert.Equal($"UnknownKind(kind: {kind})", await ErrorAsync(good, Signed(rollup, key, duty, Two), new EquivocationPosition(kind, 7)));
        }
    }

    [Fact]
    public async Task A_message_of_another_rollup_or_chain_proves_nothing_here()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil);
        byte[] key = rollup.ValidatorKeys[0];
        Duty duty = Duty.ChunkProposal(7, 2);
        SigningContext[] foreign = [new(TestRollup.L2ChainId + 1, rollup.Address), new(TestRollup.L2ChainId, Producer)];
        foreach (SigningContext context in foreign)
        {
            SigningDomains domains = new(context);
            EquivocatingMessage Foreign(Hash256 payload) => new(payload, CompactSignature.From(Secp256k1.Sign(key, domains.Digest(new Statement(duty, payload)))));
            Bytes data = RollupCalls.SlashEquivocation(Position(duty), Foreign(One), Foreign(Two));
            Assert.Contains((await rollup.RevertAsync(data)).Name, (string[])["DifferentSigners", "BadSignature"]);
        }
    }

    [Fact]
    public async Task Stake_is_lost_also_on_the_way_out_and_never_more_than_there_is()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, validators: 6, change: p => p with { EquivocationPenalty = 6000, ReporterReward = 0 });
        byte[] key = rollup.ValidatorKeys[5];
        Address validator = Anvil.AddressOf(key);
        await rollup.SendAsync(RollupCalls.RequestExit(validator));
        List<UInt256> lost = [];
        for (ulong slot = 0; slot < 3; slot++)
        {
            L1Receipt receipt = await rollup.SendAsync(Evidence(rollup, key, Duty.CheckpointProposal(slot)));
            lost.Add(Assert.Single(receipt.Logs.Select(RollupEvent.Read).OfType<RollupEvent.ValidatorSlashed>()).Amount);
        }

        UInt256 stake = rollup.Parameters.Stake;
        Assert.Equal([stake * 6UL / 10UL, stake * 4UL / 10UL, default], lost);
        await rollup.SetUpAtAsync(4);
        ulong free = (await anvil.HeadAsync()).Timestamp + rollup.Parameters.ExitDelay;
        await anvil.GoToAsync(free);
        await rollup.SendAsync(RollupCalls.WithdrawStake(validator));
        Assert.Equal("UnknownValidator", (await rollup.RevertAsync(Evidence(rollup, key, Duty.CheckpointProposal(9)))).Name);
    }

    [Fact]
    public async Task Who_is_slashed_before_joining_joins_and_leaves_in_order()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, change: p => p with { ChurnLimit = 1 });
        byte[] key = TestRollup.Key("early");
        await rollup.RegisterAsync(key);
        await rollup.SendAsync(Evidence(rollup, key, Duty.CheckpointProposal(0)));
        await rollup.SetUpAtAsync(4);
        Assert.Equal(5UL, await rollup.NumberAsync("validatorCount"));
        await rollup.SetUpAtAsync(8);
        Assert.Equal(4UL, await rollup.NumberAsync("validatorCount"));
    }

    [Fact]
    public async Task The_contract_holds_every_wei_of_stake_that_is_not_paid_out()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil);
        await rollup.SendAsync(Evidence(rollup, rollup.ValidatorKeys[0], Duty.CheckpointProposal(0)));
        UInt256 stake = rollup.Parameters.Stake;
        UInt256 reward = stake * rollup.Parameters.EquivocationPenalty / 10_000UL / 10UL;
        await rollup.SendAsync(RollupCalls.Deposit(Anvil.Rich, 30_000, []), 123UL);
        UInt256 balance = (await anvil.Client.GetBalanceAsync(rollup.Address, BlockTag.Latest, TestContext.Current.CancellationToken)).Require();
        Assert.Equal((stake * 4UL) - reward + 123UL, balance);
    }

    private static Bytes Evidence(TestRollup rollup, byte[] key, Duty duty) =>
        RollupCalls.SlashEquivocation(Position(duty), Signed(rollup, key, duty, One), Signed(rollup, key, duty, Two));

    private static EquivocationPosition Position(Duty duty) => EquivocationPosition.Of(duty);

    private static EquivocatingMessage Signed(TestRollup rollup, byte[] key, Duty duty, Hash256 payload) =>
        new(payload, CompactSignature.From(Secp256k1.Sign(key, rollup.Domains.Digest(new Statement(duty, payload)))));
}
