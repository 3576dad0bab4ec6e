using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;
using Cloud.Settlement.Transactions;

namespace Cloud.Settlement.Tests.Contracts;

[Collection(AnvilCollection.Name)]
public sealed class ProposeTests(Anvil anvil)
{
    [Fact]
    public async Task A_checkpoint_extends_the_tip_and_its_event_carries_what_a_follower_needs()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.GoToSlotAsync(1);
        L1Receipt receipt = await rollup.ProposeAsync(rollup.Header(1), Sidecars.Three);
        RollupEvent.CheckpointProposed posted = Assert.IsType<RollupEvent.CheckpointProposed>(RollupEvent.Read(Assert.Single(receipt.Logs)));
        Assert.Equal(new RollupEvent.CheckpointProposed(1, rollup.Tip), posted);
        Assert.Equal(new RollupTips(1, 1, 0, 0, false), await rollup.TipsAsync());
        Assert.Equal(rollup.Tip.Hash().ToString(), (await rollup.QueryAsync("checkpointHash", 1)).ToString());
        Assert.Equal(Sidecars.Three.VersionedHashes, (await anvil.Client.GetTransactionAsync(receipt.TransactionHash, TestContext.Current.CancellationToken)).Require()!.BlobHashes);
    }

    [Fact]
    public async Task Slot_0_has_a_checkpoint_like_every_other_and_slots_may_stay_empty()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.ProposeInAsync(0);
        await rollup.ProposeInAsync(3);
        await rollup.SetUpAtAsync(4);
        await rollup.ProposeInAsync(7);
        Assert.Equal(new RollupTips(3, 7, 0, 0, false), await rollup.TipsAsync());
    }

    [Fact]
    public async Task Before_genesis_there_is_no_slot()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil);
        ContractError error = await rollup.RevertAsync(RollupCalls.SetUpEpoch());
        Assert.Equal($"BeforeGenesis(genesisTime: {rollup.Parameters.GenesisTime})", error.ToString());
        Bytes data = RollupCalls.Propose(default, default, rollup.Header(0).Encode(), 0, new byte[33]);
        Assert.Equal("BeforeGenesis", (await rollup.RevertAsync(data, sidecar: Sidecars.One)).Name);
    }

    [Fact]
    public async Task A_slot_is_open_only_in_its_own_time()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.GoToSlotAsync(2);
        Assert.Equal("SlotNotOpen(slot: 3, currentSlot: 2)", (await ProposeErrorAsync(rollup, rollup.Header(3))).ToString());
        Assert.Equal("SlotClosed(slot: 1, currentSlot: 2)", (await ProposeErrorAsync(rollup, rollup.Header(1))).ToString());
    }

    [Fact]
    public async Task A_wider_inclusion_window_admits_the_slots_before_and_no_more()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, change: p => p with { InclusionWindow = 3 });
        await rollup.GoToSlotAsync(3);
        Assert.Equal("SlotClosed(slot: 0, currentSlot: 3)", (await ProposeErrorAsync(rollup, rollup.Header(0))).ToString());
        await rollup.ProposeAsync(rollup.Header(1), Sidecars.One);
        await rollup.ProposeAsync(rollup.Header(3), Sidecars.One);
        Assert.Equal("SlotNotAfterTip(slot: 2, tipSlot: 3)", (await ProposeErrorAsync(rollup, rollup.Header(2))).ToString());
    }

    [Fact]
    public async Task A_slot_has_one_checkpoint()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.ProposeInAsync(2);
        Assert.Equal("SlotNotAfterTip(slot: 2, tipSlot: 2)", (await ProposeErrorAsync(rollup, rollup.Header(2))).ToString());
    }

    [Fact]
    public async Task The_same_transaction_again_is_refused()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.GoToSlotAsync(1);
        Bytes data = rollup.ProposeData(rollup.Header(1), Sidecars.One);
        await rollup.SendAsync(data, sidecar: Sidecars.One);
        Assert.Equal("SlotNotAfterTip", (await rollup.RevertAsync(data, sidecar: Sidecars.One)).Name);
    }

    [Fact]
    public async Task The_parent_must_be_the_tip()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.ProposeInAsync(1);
        await rollup.GoToSlotAsync(2);
        Assert.Equal("ParentMismatch(number: 1)", (await ProposeErrorAsync(rollup, rollup.Header(2, parent: Keccak256.Hash([1])))).ToString());
        CheckpointRecord otherBlobs = rollup.Tip with { BlobsHash = Keccak256.Hash([2]) };
        Bytes data = rollup.ProposeData(rollup.Header(2), Sidecars.One, parent: otherBlobs);
        Assert.Equal("ParentMismatch(number: 1)", (await rollup.RevertAsync(data, sidecar: Sidecars.One)).ToString());
        CheckpointRecord genesis = rollup.Records[0];
        data = rollup.ProposeData(rollup.Header(2, parent: genesis.PayloadHash), Sidecars.One, parent: genesis);
        Assert.Equal("ParentMismatch(number: 1)", (await rollup.RevertAsync(data, sidecar: Sidecars.One)).ToString());
    }

    [Fact]
    public async Task Without_blobs_there_is_no_data_and_no_checkpoint()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.GoToSlotAsync(1);
        Assert.Equal("NoBlobs()", (await rollup.RevertAsync(rollup.ProposeData(rollup.Header(1), Sidecars.One))).ToString());
    }

    [Fact]
    public async Task Other_blobs_than_the_proposer_signed_are_refused()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.GoToSlotAsync(1);
        Bytes data = rollup.ProposeData(rollup.Header(1), Sidecars.One);
        Assert.Equal("NotProposer", (await rollup.RevertAsync(data, sidecar: Sidecars.Three)).Name);
    }

    [Fact]
    public async Task Only_the_proposer_of_the_slot_can_sign_a_publication()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, committee: 5);
        await rollup.GoToSlotAsync(1);
        Committee committee = rollup.CommitteeOf(1);
        CheckpointHeader header = rollup.Header(1);
        foreach (Address member in committee.Members.Where(member => member != committee.ProposerAt(1)))
        {
            Bytes data = rollup.ProposeData(header, Sidecars.One, proposerKey: rollup.KeyOf(member));
            Assert.Equal($"NotProposer(signer: {member}, slot: 1)", (await rollup.RevertAsync(data, sidecar: Sidecars.One)).ToString());
        }

        byte[] outsider = TestRollup.Key("outsider");
        Bytes stranger = rollup.ProposeData(header, Sidecars.One, proposerKey: outsider);
        Assert.Equal($"NotProposer(signer: {Anvil.AddressOf(outsider)}, slot: 1)", (await rollup.RevertAsync(stranger, sidecar: Sidecars.One)).ToString());
    }

    [Fact]
    public async Task A_path_that_does_not_lead_to_the_committee_is_refused()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, committee: 5);
        await rollup.GoToSlotAsync(1);
        byte[] good = new CommitteeTree(rollup.CommitteeOf(1)).ProposerProof(1);
        byte[] otherSeed = [.. good];
        otherSeed[0] ^= 1;
        byte[] otherSibling = [.. good];
        otherSibling[^1] ^= 1;
        byte[] otherCount = [.. good];
        otherCount[32]++;
        foreach (byte[] proof in (byte[][])[otherSeed, otherSibling, otherCount, good[..^32], [.. good, .. new byte[32]], good[..^1], good[..33]])
        {
            Bytes data = rollup.ProposeData(rollup.Header(1), Sidecars.One, proof: proof);
            Assert.Equal("NotProposer", (await rollup.RevertAsync(data, sidecar: Sidecars.One)).Name);
        }

        byte[] noMembers = [.. good];
        noMembers[32] = 0;
        Bytes none = rollup.ProposeData(rollup.Header(1), Sidecars.One, proof: noMembers);
        Assert.Equal("WrongCommittee(epoch: 0)", (await rollup.RevertAsync(none, sidecar: Sidecars.One)).ToString());
        await rollup.ProposeAsync(rollup.Header(1), Sidecars.One);
    }

    [Fact]
    public async Task A_signature_with_a_high_s_is_refused()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.GoToSlotAsync(1);
        CheckpointHeader header = rollup.Header(1);
        Hash256 blobs = CheckpointRecord.HashOfBlobs(Sidecars.One.VersionedHashes.AsSpan());
        Committee committee = rollup.CommitteeOf(1);
        byte[] message = RollupDigests.Publication(TestRollup.L2ChainId, rollup.Address, 1, header.Hash, blobs);
        Signature low = Secp256k1.Sign(rollup.KeyOf(committee.ProposerAt(1)), Keccak256.Hash(message));
        Signature high = BadSignatures.HighS(low);
        Bytes data = RollupCalls.Propose(default, CompactSignature.From(high), header.Encode(), 0, new CommitteeTree(committee).ProposerProof(1));
        Assert.Equal("NotProposer", (await rollup.RevertAsync(data, sidecar: Sidecars.One)).Name);
    }

    [Fact]
    public async Task An_epoch_without_a_committee_has_no_checkpoints()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.GoToSlotAsync(12);
        CheckpointHeader header = rollup.Header(12);
        Bytes data = RollupCalls.Propose(default, default, header.Encode(), 0, new CommitteeTree(rollup.CommitteeOf(0)).ProposerProof(0));
        Assert.Equal("NoCommittee(epoch: 3)", (await rollup.RevertAsync(data, sidecar: Sidecars.One)).ToString());
    }

    [Fact]
    public async Task Deposits_are_consumed_in_order_and_only_those_that_are_there()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        for (byte i = 1; i <= 3; i++)
        {
            await rollup.SendAsync(RollupCalls.Deposit(Anvil.Rich, 100_000, [i]), (UInt256)i);
        }

        Hash256[] inHashes = new Hash256[4];
        for (ulong i = 0; i <= 3; i++)
        {
            inHashes[i] = new((await rollup.QueryAsync("inHashOf", i)).Span);
        }

        await rollup.GoToSlotAsync(1);
        await rollup.ProposeAsync(rollup.Header(1, inHash: inHashes[2]), Sidecars.One, deposits: 2);
        await rollup.GoToSlotAsync(2);
        Assert.Equal("DepositsGoBack(count: 1, tipCount: 2)", (await ProposeErrorAsync(rollup, rollup.Header(2, inHash: inHashes[1]), 1)).ToString());
        Assert.Equal("WrongInHash", (await ProposeErrorAsync(rollup, rollup.Header(2, inHash: inHashes[3]), 2)).Name);
        Assert.Equal("WrongInHash", (await ProposeErrorAsync(rollup, rollup.Header(2, inHash: inHashes[3]), 4)).Name);
        Assert.Equal("WrongInHash", (await ProposeErrorAsync(rollup, rollup.Header(2), 4)).Name);
        Assert.Equal("WrongInHash", (await ProposeErrorAsync(rollup, rollup.Header(2), 2)).Name);
        await rollup.ProposeAsync(rollup.Header(2, inHash: inHashes[2]), Sidecars.One, deposits: 2);
        await rollup.GoToSlotAsync(3);
        await rollup.ProposeAsync(rollup.Header(3, inHash: inHashes[3]), Sidecars.One, deposits: 3);
        Assert.Equal(3UL, (await rollup.TipsAsync()).PendingDeposits);
    }

    [Fact]
    public async Task A_header_that_is_no_list_of_its_fields_is_refused()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.GoToSlotAsync(1);
        byte[] header = rollup.Header(1).Encode();
        byte[] proof = new CommitteeTree(rollup.CommitteeOf(1)).ProposerProof(1);
        List<byte[]> broken =
        [
            [],
            [0xf8],
            [0xc0],
            header[..100],
            header[1..],
            [.. header[..2], 0x89, .. header[3..]],
            [.. header[..2], 0xb8, .. header[3..]],
            [.. header[..3], 0x9f, .. header[4..]],
            [0xf9, 0xff, 0xff, .. header[2..]],
            [0xf8, 0x10, .. header[2..]],
        ];
        foreach (byte[] bytes in broken)
        {
            Bytes data = RollupCalls.Propose(rollup.Tip.BlobsHash, default, bytes, 0, bytes.Length > 200 ? proof : []);
            Assert.Equal("MalformedHeader()", (await rollup.RevertAsync(data, sidecar: Sidecars.One)).ToString());
        }

        Bytes cut = RollupCalls.Propose(rollup.Tip.BlobsHash, default, header, 0, proof.AsSpan(0, 32));
        Assert.Equal("MalformedHeader()", (await rollup.RevertAsync(cut, sidecar: Sidecars.One)).ToString());
    }

    [Fact]
    public async Task The_ring_forgets_nothing_that_is_not_proven_and_tells_nothing_else()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        for (ulong slot = 0; slot < 40; slot++)
        {
            if (slot > 0 && slot % 4 == 0)
            {
                await rollup.SetUpAtAsync(slot);
                await rollup.SendAsync(RollupCalls.SubmitProof(slot, rollup.Tip, null, await rollup.ProofAsync(slot)));
            }

            await rollup.ProposeInAsync(slot);
        }

        RollupTips tips = await rollup.TipsAsync();
        Assert.Equal((40UL, 36UL), (tips.PendingNumber, tips.ProvenNumber));
        for (ulong number = 0; number < 43; number++)
        {
            Hash256 expected = number is >= 36 and <= 40 ? rollup.Records[(int)number].Hash() : default;
            Assert.Equal(expected.ToString(), (await rollup.QueryAsync("checkpointHash", number)).ToString());
        }
    }

    [Fact]
    public async Task Warming_the_ring_changes_no_checkpoint()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.ProposeInAsync(0);
        Bytes before = await rollup.QueryAsync("checkpointHash", 1);
        await rollup.SendAsync(RollupCalls.WarmRing(0, 1000));
        Assert.Equal(before, await rollup.QueryAsync("checkpointHash", 1));
        await rollup.ProposeInAsync(1);
        Assert.Equal(2UL, (await rollup.TipsAsync()).PendingNumber);
    }

    [Fact]
    public async Task Several_calls_in_one_transaction_fail_together_with_the_reason_of_the_first_that_fails()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.GoToSlotAsync(1);
        Bytes good = rollup.ProposeData(rollup.Header(1), Sidecars.One);
        ContractError error = await rollup.RevertAsync(RollupCalls.Multicall([good, RollupCalls.Prune()]), sidecar: Sidecars.One);
        Assert.Equal("NothingToPrune()", error.ToString());
        await rollup.SendAsync(RollupCalls.Multicall([good]), sidecar: Sidecars.One);
        Assert.Equal(1UL, (await rollup.TipsAsync()).PendingNumber);
    }

    private static Task<ContractError> ProposeErrorAsync(TestRollup rollup, CheckpointHeader header, ulong deposits = 0)
    {
        BlobSidecar sidecar = Sidecars.One;
        return rollup.RevertAsync(rollup.ProposeData(header, sidecar, deposits), sidecar: sidecar);
    }
}
