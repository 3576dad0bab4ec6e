using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;
using Cloud.Settlement.Transactions;

namespace Cloud.Settlement.Tests.Contracts;

/// <summary>Numbers 15 to 20 are the scenarios of the reference's catalogue (building-in-chunks, section 7).</summary>
[Collection(AnvilCollection.Name)]
public sealed class InvalidateTests(Anvil anvil)
{
    private const uint CommitteeSize = 7;

    public static TheoryData<string> Variants =>
        ["too few", "one too few", "nobody", "fake signature", "high s", "unrecoverable", "shuffled order", "other slot", "other payload", "only stored", "outside the committee",
         "version", "stray bits", "zero signature", "last signature"];

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task S16_each_kind_of_bad_attestations_is_removed_by_anyone_and_the_chain_rolls_back(string variant)
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, CommitteeSize);
        await rollup.ProposeInAsync(0);
        RollupTips start = await rollup.TipsAsync();
        await rollup.GoToSlotAsync(1);
        CheckpointHeader header = rollup.Header(1);
        BlobSidecar sidecar = Bad(rollup, header, variant);
        await rollup.ProposeAsync(header, sidecar);
        rollup.Remember(header, sidecar);
        rollup.Records.RemoveAt(3);
        L1Receipt receipt = await rollup.SendAsync(RollupCalls.Invalidate(rollup.Accuse(2, sidecar)), key: await StrangerAsync());
        RollupEvent.CheckpointInvalidated removed = Assert.IsType<RollupEvent.CheckpointInvalidated>(RollupEvent.Read(receipt.Logs[0]));
        Address proposer = rollup.CommitteeOf(1).ProposerAt(1);
        byte fault = variant switch
        {
            "too few" or "one too few" or "nobody" => 1,
            "only stored" or "outside the committee" or "version" or "stray bits" => 0,
            _ => 2,
        };
        Assert.Equal(new RollupEvent.CheckpointInvalidated(2, header.Hash, fault, proposer), removed);
        Assert.Equal(start, await rollup.TipsAsync());

        // The proposer signed these blobs, so it pays; who showed it gets a part.
        UInt256 penalty = rollup.Parameters.Stake * rollup.Parameters.PublicationPenalty / 10_000UL;
        RollupEvent.ValidatorSlashed slashed = Assert.Single(receipt.Logs.Select(RollupEvent.Read).OfType<RollupEvent.ValidatorSlashed>());
        Assert.Equal((proposer, penalty, penalty / 10UL), (slashed.Validator, slashed.Amount, slashed.Reward));
    }

    [Fact]
    public async Task Good_attestations_are_not_removed()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, CommitteeSize);
        await rollup.GoToSlotAsync(1);
        CheckpointHeader header = rollup.Header(1);
        BlobSidecar sidecar = Sidecars.With(rollup.Attest(header));
        await rollup.ProposeAsync(header, sidecar);
        Committee committee = rollup.CommitteeOf(1);
        Assert.Null(AttestationCheck.Find(rollup.Domains, committee, rollup.Tip, sidecar.Blobs[0].Span));
        for (int member = 0; member < committee.Quorum; member++)
        {
            Accusation accusation = rollup.Accuse(1, sidecar, new AttestationFault.BadSignature(member, member));
            Assert.Equal($"AttestationIsGood(member: {member})", (await rollup.RevertAsync(RollupCalls.Invalidate(accusation))).ToString());
        }

        Accusation absent = rollup.Accuse(1, sidecar, new AttestationFault.BadSignature(committee.Quorum, committee.Quorum));
        Assert.Equal($"NoAttestation(member: {committee.Quorum})", (await rollup.RevertAsync(RollupCalls.Invalidate(absent))).ToString());
        Accusation nobody = absent with { Member = ulong.MaxValue };
        Assert.Equal($"NoAttestation(member: {ulong.MaxValue})", (await rollup.RevertAsync(RollupCalls.Invalidate(nobody))).ToString());
    }

    [Fact]
    public async Task Signatures_without_order_gaps_or_of_more_than_a_quorum_are_good()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, CommitteeSize);
        await rollup.GoToSlotAsync(1);
        CheckpointHeader header = rollup.Header(1);
        BlobAttestations all = rollup.Attest(header, signers: (int)CommitteeSize);
        BlobAttestations gap = all with { Signers = all.Signers & ~(UInt128)0b100, Signatures = all.Signatures.RemoveAt(2) };
        foreach (BlobAttestations good in (BlobAttestations[])[all, gap])
        {
            Bytes blob = Sidecars.With(good).Blobs[0];
            CheckpointRecord record = new(header.Hash, default, 1, 0);
            Assert.Null(AttestationCheck.Find(rollup.Domains, rollup.CommitteeOf(1), record, blob.Span));
        }

        BlobSidecar sidecar = Sidecars.With(gap);
        await rollup.ProposeAsync(header, sidecar);
        Accusation last = rollup.Accuse(1, sidecar, new AttestationFault.BadSignature(6, 5));
        Assert.Equal("AttestationIsGood(member: 6)", (await rollup.RevertAsync(RollupCalls.Invalidate(last))).ToString());
        Accusation skipped = rollup.Accuse(1, sidecar, new AttestationFault.BadSignature(2, 2));
        Assert.Equal("NoAttestation(member: 2)", (await rollup.RevertAsync(RollupCalls.Invalidate(skipped))).ToString());
    }

    [Fact]
    public async Task S15_a_bad_checkpoint_is_removed_in_the_transaction_that_posts_the_next_good_one()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, CommitteeSize);
        await rollup.GoToSlotAsync(1);
        CheckpointHeader bad = rollup.Header(1);
        BlobSidecar badBlobs = Sidecars.With(rollup.Attest(bad, signers: 2));
        await rollup.ProposeAsync(bad, badBlobs);
        Bytes invalidate = RollupCalls.Invalidate(rollup.Accuse(1, badBlobs));
        rollup.Records.RemoveAt(1);
        await rollup.GoToSlotAsync(2);
        CheckpointHeader good = rollup.Header(2);
        BlobSidecar goodBlobs = Sidecars.With(rollup.Attest(good));
        L1Receipt receipt = await rollup.SendAsync(RollupCalls.Multicall([invalidate, rollup.ProposeData(good, goodBlobs)]), sidecar: goodBlobs);
        rollup.Remember(good, goodBlobs);
        Assert.Equal(
            [typeof(RollupEvent.CheckpointInvalidated), typeof(RollupEvent.CheckpointProposed)],
            receipt.Logs.Select(log => RollupEvent.Read(log).GetType()).Where(type => type.Name.StartsWith("Checkpoint", StringComparison.Ordinal)));
        Assert.Equal(new RollupTips(1, 2, 0, 0, false), await rollup.TipsAsync());
    }

    [Fact]
    public async Task S17_an_invalid_one_replaced_by_an_invalid_one_is_removed_again_at_the_same_number_and_the_chain_goes_on()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, CommitteeSize);
        List<ulong> removed = [];
        for (ulong slot = 1; slot <= 2; slot++)
        {
            await rollup.GoToSlotAsync(slot);
            CheckpointHeader bad = rollup.Header(slot);
            BlobSidecar sidecar = Sidecars.With(rollup.Attest(bad, signers: 1));
            await rollup.ProposeAsync(bad, sidecar);
            L1Receipt receipt = await rollup.SendAsync(RollupCalls.Invalidate(rollup.Accuse(1, sidecar)));
            removed.Add(Assert.IsType<RollupEvent.CheckpointInvalidated>(RollupEvent.Read(receipt.Logs[0])).Number);
            rollup.Records.RemoveAt(1);
        }

        Assert.Equal([1UL, 1UL], removed);
        await rollup.ProposeInAsync(3);
        Assert.Equal(1UL, (await rollup.TipsAsync()).PendingNumber);
    }

    [Fact]
    public async Task S18_after_two_bad_proposers_the_earliest_is_removed_and_takes_the_other_with_it()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, CommitteeSize);
        await rollup.ProposeInAsync(0);
        CheckpointHeader? first = null;
        BlobSidecar? firstBlobs = null;
        for (ulong slot = 1; slot <= 2; slot++)
        {
            await rollup.GoToSlotAsync(slot);
            CheckpointHeader bad = rollup.Header(slot);
            BlobSidecar sidecar = Sidecars.With(rollup.Attest(bad, signers: (int)slot));
            first ??= bad;
            firstBlobs ??= sidecar;
            await rollup.ProposeAsync(bad, sidecar);
        }

        await rollup.SendAsync(RollupCalls.Invalidate(rollup.Accuse(2, firstBlobs!)));
        Assert.Equal(new RollupTips(1, 0, 0, 0, false), await rollup.TipsAsync());
        rollup.Records.RemoveRange(2, 2);
        await rollup.ProposeInAsync(3);
    }

    [Fact]
    public async Task S19_a_good_checkpoint_on_a_bad_one_goes_with_it()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, CommitteeSize);
        await rollup.GoToSlotAsync(1);
        CheckpointHeader bad = rollup.Header(1);
        BlobSidecar badBlobs = Sidecars.With(rollup.Attest(bad, signers: 0));
        await rollup.ProposeAsync(bad, badBlobs);
        await rollup.GoToSlotAsync(2);
        CheckpointHeader child = rollup.Header(2);
        await rollup.ProposeAsync(child, Sidecars.With(rollup.Attest(child)));
        await rollup.SendAsync(RollupCalls.Invalidate(rollup.Accuse(1, badBlobs)));
        Assert.Equal(new RollupTips(0, 0, 0, 0, false), await rollup.TipsAsync());
    }

    [Fact]
    public async Task S20_signatures_of_either_parity_are_good_and_with_the_other_parity_they_are_not()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, CommitteeSize);
        await rollup.GoToSlotAsync(1);
        byte salt = 0;
        CheckpointHeader header;
        BlobAttestations good;
        do
        {
            header = rollup.Header(1, salt: salt++);
            good = rollup.Attest(header);
        }
        while (good.Signatures.Select(signature => signature.Expand().YParity).Distinct().Count() < 2);
        CheckpointRecord record = new(header.Hash, default, 1, 0);
        Committee committee = rollup.CommitteeOf(1);
        Assert.Null(AttestationCheck.Find(rollup.Domains, committee, record, Sidecars.With(good).Blobs[0].Span));
        int odd = good.Signatures.IndexOf(good.Signatures.First(signature => signature.Expand().YParity == 1));
        int even = good.Signatures.IndexOf(good.Signatures.First(signature => signature.Expand().YParity == 0));
        foreach (int member in (int[])[odd, even])
        {
            Signature signature = good.Signatures[member].Expand();
            CompactSignature other = CompactSignature.From(signature with { YParity = (byte)(1 - signature.YParity) });
            BlobSidecar flipped = Sidecars.With(good with { Signatures = good.Signatures.SetItem(member, other) });
            Assert.Equal(new AttestationFault.BadSignature(member, member), AttestationCheck.Find(rollup.Domains, committee, record, flipped.Blobs[0].Span));
        }

        BlobSidecar sidecar = Sidecars.With(good);
        await rollup.ProposeAsync(header, sidecar);
        foreach (int member in (int[])[odd, even])
        {
            Accusation accusation = rollup.Accuse(1, sidecar, new AttestationFault.BadSignature(member, member));
            Assert.Equal($"AttestationIsGood(member: {member})", (await rollup.RevertAsync(RollupCalls.Invalidate(accusation))).ToString());
        }
    }

    [Fact]
    public async Task A_proposer_pays_once_for_a_slot()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, CommitteeSize);
        await rollup.GoToSlotAsync(1);
        int slashed = 0;
        for (int i = 0; i < 2; i++)
        {
            CheckpointHeader bad = rollup.Header(1);
            BlobSidecar sidecar = Sidecars.With(rollup.Attest(bad, signers: i));
            await rollup.ProposeAsync(bad, sidecar);
            L1Receipt receipt = await rollup.SendAsync(RollupCalls.Invalidate(rollup.Accuse(1, sidecar)));
            slashed += receipt.Logs.Select(RollupEvent.Read).Count(e => e is RollupEvent.ValidatorSlashed);
            rollup.Records.RemoveAt(1);
        }

        Assert.Equal(1, slashed);
    }

    [Fact]
    public async Task Deposits_and_slot_go_back_with_the_tip()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, CommitteeSize);
        await rollup.SendAsync(RollupCalls.Deposit(Anvil.Rich, 100_000, []), 1UL);
        Hash256 inHash = new((await rollup.QueryAsync("inHashOf", 1)).Span);
        await rollup.GoToSlotAsync(1);
        CheckpointHeader bad = rollup.Header(1, inHash: inHash);
        BlobSidecar sidecar = Sidecars.With(rollup.Attest(bad, signers: 0));
        await rollup.ProposeAsync(bad, sidecar, deposits: 1);
        await rollup.SendAsync(RollupCalls.Invalidate(rollup.Accuse(1, sidecar)));
        Assert.Equal(new RollupTips(0, 0, 0, 0, false), await rollup.TipsAsync());
        rollup.Records.RemoveAt(1);
        await rollup.GoToSlotAsync(2);
        await rollup.ProposeAsync(rollup.Header(2, inHash: inHash), Sidecars.One, deposits: 1);
    }

    [Fact]
    public async Task An_accusation_must_be_about_what_was_posted()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, CommitteeSize);
        await rollup.GoToSlotAsync(1);
        CheckpointHeader header = rollup.Header(1);
        BlobSidecar sidecar = Sidecars.With(rollup.Attest(header, signers: 1));
        await rollup.ProposeAsync(header, sidecar);
        Accusation good = rollup.Accuse(1, sidecar);
        Committee other = Assert.IsType<CommitteeResult.Formed>(Committee.Of(0, good.Committee.Members.RemoveAt(0), good.Committee.Seed)).Committee;
        Committee seed = Assert.IsType<CommitteeResult.Formed>(Committee.Of(0, good.Committee.Members, Keccak256.Hash([9]))).Committee;
        (Hash256 value, Bytes proof) = good.Openings[0];
        byte[] changed = value.ToArray();
        changed[31] ^= 1;
        (string Error, Accusation Accusation)[] cases =
        [
            ("NotPending(number: 2, provenNumber: 0, pendingNumber: 1)", good with { Number = 2 }),
            ("NotPending(number: 0, provenNumber: 0, pendingNumber: 1)", good with { Number = 0 }),
            ("CheckpointMismatch(number: 1)", good with { Checkpoint = good.Checkpoint with { Slot = 2 } }),
            ("CheckpointMismatch(number: 0)", good with { Parent = good.Parent with { Slot = 2 } }),
            ("BlobHashesMismatch()", good with { BlobHashes = Sidecars.One.VersionedHashes }),
            ("BlobHashesMismatch()", good with { BlobHashes = [] }),
            ("WrongCommittee(epoch: 0)", good with { Committee = other }),
            ("WrongCommittee(epoch: 0)", good with { Committee = seed }),
            ("WrongOpenings(count: 0, expected: 1)", good with { Openings = [] }),
            ("BadOpening(element: 0)", good with { Openings = [(new Hash256(changed), proof)] }),
            ("BadOpening(element: 0)", good with { Openings = [(value, new byte[48])] }),
            ("BadOpening(element: 0)", good with { Openings = [(value, proof.ToArray()[..47])] }),
            ("BadOpening(element: 0)", good with { Openings = [BlobOpening.Open(sidecar.Blobs[0].Span, 1)] }),
            ("BadOpening(element: 0)", good with { Commitment = good.Commitment.ToArray()[..47] }),
            ("BadOpening(element: 0)", good with { Commitment = Sidecars.One.Commitments[0] }),
        ];
        foreach ((string error, Accusation accusation) in cases)
        {
            Assert.Equal(error, (await rollup.RevertAsync(RollupCalls.Invalidate(accusation))).ToString());
        }

        await rollup.SendAsync(RollupCalls.Invalidate(good));
    }

    [Fact]
    public async Task A_bad_attestation_needs_exactly_the_openings_that_hold_it()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, CommitteeSize);
        await rollup.GoToSlotAsync(1);
        CheckpointHeader header = rollup.Header(1);
        BlobSidecar sidecar = Bad(rollup, header, "fake signature");
        await rollup.ProposeAsync(header, sidecar);
        Accusation good = rollup.Accuse(1, sidecar);
        Accusation shorter = good with { Openings = good.Openings[..^1] };
        int needed = good.Openings.Length;
        Assert.Equal($"WrongOpenings(count: {needed - 1}, expected: {needed})", (await rollup.RevertAsync(RollupCalls.Invalidate(shorter))).ToString());
        Accusation wrongElement = good with { Openings = good.Openings.SetItem(1, good.Openings[2]) };
        Assert.Equal("BadOpening", (await rollup.RevertAsync(RollupCalls.Invalidate(wrongElement))).Name);
        await rollup.SendAsync(RollupCalls.Invalidate(good));
    }

    [Fact]
    public async Task What_is_proven_cannot_be_invalidated()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, CommitteeSize);
        await rollup.GoToSlotAsync(1);
        CheckpointHeader header = rollup.Header(1);
        BlobSidecar sidecar = Sidecars.With(rollup.Attest(header, signers: 1));
        await rollup.ProposeAsync(header, sidecar);
        await rollup.SendAsync(RollupCalls.SubmitProof(1, rollup.Tip, null, await rollup.ProofAsync(1)));
        ContractError error = await rollup.RevertAsync(RollupCalls.Invalidate(rollup.Accuse(1, sidecar)));
        Assert.Equal("NotPending(number: 1, provenNumber: 1, pendingNumber: 1)", error.ToString());
    }

    [Fact]
    public async Task A_full_committee_s_last_signature_can_be_shown_to_be_bad()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, committee: 48);
        await rollup.GoToSlotAsync(1);
        CheckpointHeader header = rollup.Header(1);
        BlobAttestations attestations = rollup.Attest(header, signers: 48);
        BlobSidecar sidecar = Sidecars.With(attestations with { Signatures = attestations.Signatures.SetItem(47, attestations.Signatures[0]) });
        await rollup.ProposeAsync(header, sidecar);
        L1Receipt receipt = await rollup.SendAsync(RollupCalls.Invalidate(rollup.Accuse(1, sidecar)));
        Assert.Equal(0UL, (await rollup.TipsAsync()).PendingNumber);
        TestContext.Current.TestOutputHelper!.WriteLine($"invalidate: {receipt.GasUsed} gas");
    }

    private async Task<byte[]> StrangerAsync()
    {
        byte[] key = TestRollup.Key("stranger");
        await anvil.SendAsync(Anvil.AddressOf(key), Bytes.Empty, UInt256.Parse("1000000000000000000"));
        return key;
    }

    private static BlobSidecar Bad(TestRollup rollup, CheckpointHeader header, string variant)
    {
        if (variant is not ("version" or "stray bits"))
        {
            return Sidecars.With(BadAttestations.Of(rollup, header, variant));
        }

        byte[] blob = Sidecars.With(rollup.Attest(header)).Blobs[0].ToArray();
        blob[variant == "version" ? 1 : 32] ^= 2;
        return Sidecars.Of(blob);
    }
}
