using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Contracts;

[Collection(AnvilCollection.Name)]
public sealed class EpochProofTests(Anvil anvil)
{
    [Fact]
    public async Task A_threshold_of_provers_moves_the_proven_tip_in_parts_or_by_a_whole_epoch()
    {
        TestRollup rollup = await ChainAsync(0, 1, 2, 3);
        L1Receipt part = await rollup.SendAsync(RollupCalls.SubmitProof(2, rollup.Records[2], rollup.Records[3], await rollup.ProofAsync(2)));
        Assert.Equal(new RollupEvent.EpochProven(1, 2, rollup.Records[2].PayloadHash), RollupEvent.Read(Assert.Single(part.Logs)));
        await rollup.SendAsync(RollupCalls.SubmitProof(4, rollup.Records[4], null, await rollup.ProofAsync(4, first: 1)));
        Assert.Equal(4UL, (await rollup.TipsAsync()).ProvenNumber);
        await rollup.SetUpAtAsync(4);
        await rollup.ProposeInAsync(5);
        Assert.Equal(new RollupTips(5, 5, 0, 4, false), await rollup.TipsAsync());
    }

    [Fact]
    public async Task All_provers_together_are_good_too()
    {
        TestRollup rollup = await ChainAsync(0);
        await rollup.SendAsync(RollupCalls.SubmitProof(1, rollup.Tip, null, await rollup.ProofAsync(1, signers: 3)));
        Assert.Equal(1UL, (await rollup.TipsAsync()).ProvenNumber);
    }

    [Fact]
    public async Task A_proof_ends_at_a_checkpoint_that_is_posted_and_not_yet_proven()
    {
        TestRollup rollup = await ChainAsync(0, 1);
        byte[] proof = await rollup.ProofAsync(1);
        Assert.Equal("NotPending(number: 3, provenNumber: 0, pendingNumber: 2)", (await ErrorAsync(rollup, 3, proof)).ToString());
        Assert.Equal("NotPending(number: 0, provenNumber: 0, pendingNumber: 2)", (await ErrorAsync(rollup, 0, proof)).ToString());
        await rollup.SendAsync(RollupCalls.SubmitProof(1, rollup.Records[1], rollup.Records[2], proof));
        Assert.Equal("NotPending(number: 1, provenNumber: 1, pendingNumber: 2)", (await ErrorAsync(rollup, 1, proof)).ToString());
        Assert.Equal("NotPending", (await rollup.RevertAsync(RollupCalls.Query("proofStatement", 3))).Name);
    }

    [Fact]
    public async Task The_checkpoints_named_must_be_those_in_the_ring()
    {
        TestRollup rollup = await ChainAsync(0, 1);
        byte[] proof = await rollup.ProofAsync(1);
        CheckpointRecord other = rollup.Records[1] with { DepositCount = 7 };
        Assert.Equal("CheckpointMismatch(number: 1)", (await rollup.RevertAsync(RollupCalls.SubmitProof(1, other, rollup.Records[2], proof))).ToString());
        Assert.Equal("CheckpointMismatch(number: 2)", (await rollup.RevertAsync(RollupCalls.SubmitProof(1, rollup.Records[1], rollup.Records[1], proof))).ToString());
    }

    [Fact]
    public async Task A_proof_stays_inside_one_epoch()
    {
        TestRollup rollup = await ChainAsync(2, 3);
        await rollup.SetUpAtAsync(4);
        await rollup.ProposeInAsync(4);
        Assert.Equal("EpochMismatch(slot: 4)", (await ErrorAsync(rollup, 3, await rollup.ProofAsync(3))).ToString());
    }

    [Fact]
    public async Task A_proof_comes_in_its_window_or_not_at_all()
    {
        TestRollup rollup = await ChainAsync(0);
        byte[] proof = await rollup.ProofAsync(1);
        await rollup.GoToSlotAsync(8);
        Assert.Equal("ProofWindowClosed(epoch: 0)", (await ErrorAsync(rollup, 1, proof)).ToString());
    }

    [Fact]
    public async Task Anything_but_the_provers_signatures_of_this_statement_is_refused()
    {
        TestRollup rollup = await ChainAsync(0, 1);
        byte[] good = await rollup.ProofAsync(1);
        byte[] otherStatement = await rollup.ProofAsync(2);
        byte[] swapped = [.. good[..32], .. good[96..160], .. good[32..96]];
        byte[] doubled = [.. good[..32], .. good[32..96], .. good[32..96]];
        byte[] beyond = [.. good];
        beyond[31] = 0b1001;
        byte[] tooMany = [.. good];
        tooMany[31] = 0b111;
        byte[][] bad =
        [
            [], new byte[32], await rollup.ProofAsync(1, signers: 1), otherStatement, swapped, doubled, beyond, tooMany,
            [.. good, 0], [.. good, .. new byte[64]], good[..^1],
        ];
        foreach (byte[] proof in bad)
        {
            Assert.Equal("ProofRefused", (await ErrorAsync(rollup, 1, proof)).Name);
        }
    }

    [Fact]
    public async Task A_proof_of_checkpoints_that_were_replaced_is_of_no_use()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.GoToSlotAsync(1);
        Protocol.Messages.CheckpointHeader bad = rollup.Header(1);
        Transactions.BlobSidecar badBlobs = Sidecars.With(rollup.Attest(bad, signers: 0));
        await rollup.ProposeAsync(bad, badBlobs);
        byte[] proof = await rollup.ProofAsync(1);
        await rollup.SendAsync(RollupCalls.Invalidate(rollup.Accuse(1, badBlobs)));
        rollup.Records.RemoveAt(1);
        await rollup.ProposeAsync(bad, Sidecars.With(rollup.Attest(bad)));
        Assert.Equal("ProofRefused", (await ErrorAsync(rollup, 1, proof)).Name);
        await rollup.SendAsync(RollupCalls.SubmitProof(1, rollup.Tip, null, await rollup.ProofAsync(1)));
    }

    [Fact]
    public async Task Provers_and_threshold_are_checked_at_deployment()
    {
        Address one = Anvil.AddressOf(TestRollup.Key("prover 0"));
        Address two = Anvil.AddressOf(TestRollup.Key("prover 1"));
        foreach ((Address[] provers, ulong threshold) in ((Address[], ulong)[])[([], 0UL), ([], 1UL), ([one], 0UL), ([one, two], 3UL), ([one, one], 1UL), ([one, default], 1UL)])
        {
            AbiTuple list = new();
            Array.ForEach(provers, prover => list.Add(prover));
            byte[] creation = [.. ContractArtifact.AttestedVerifier.CreationCode.Span, .. new AbiTuple().AddArray(list).Add(threshold).Encode()];
            L1Result<JsonElement> result = await anvil.Rpc.CallAsync("eth_call", [new JsonObject { ["data"] = Hex.Encode(creation) }, "latest"], TestContext.Current.CancellationToken);
            L1Failure.Refused refused = Assert.IsType<L1Failure.Refused>(Assert.IsType<L1Result<JsonElement>.Failed>(result).Failure);
            Assert.Equal("BadProvers()", ContractArtifact.AttestedVerifier.Explain(refused.Data)?.ToString());
        }
    }

    [Fact]
    public async Task The_same_signature_with_a_high_s_is_no_second_form_of_a_proof()
    {
        // The prover is whoever the signature recovers to when a high s is allowed. The verifier's address, which the digest needs, follows from sender and nonce.
        Hash256 statement = Keccak256.Hash([1]);
        ulong nonce = (await anvil.Client.GetNonceAsync(Anvil.Rich, BlockTag.Latest, TestContext.Current.CancellationToken)).Require();
        using Protocol.Rlp.RlpWriter writer = Protocol.Rlp.RlpWriter.Rent();
        int list = writer.BeginList();
        writer.Write(Anvil.Rich);
        writer.Write(nonce);
        writer.EndList(list);
        Address verifier = new(Keccak256.Hash(writer.WrittenSpan).ToArray().AsSpan(12));
        Hash256 digest = Keccak256.Hash(RollupDigests.EpochProof(Anvil.ChainId, verifier, statement));
        Signature low = Secp256k1.Sign(TestRollup.Key("any"), Keccak256.Hash([2])) with { S = Secp256k1.HalfOrder };
        Signature high = low with { S = Secp256k1.HalfOrder + UInt256.One };
        Assert.True(Secp256k1.TryRecoverAllowingHighS(digest, low, out Address lowSigner));
        Assert.True(Secp256k1.TryRecoverAllowingHighS(digest, high, out Address highSigner));
        byte[] arguments = new AbiTuple().AddArray(new AbiTuple().Add(lowSigner).Add(highSigner)).Add(1UL).Encode();
        L1Receipt receipt = await anvil.SendAsync(null, (byte[])[.. ContractArtifact.AttestedVerifier.CreationCode.Span, .. arguments]);
        Assert.Equal(verifier, receipt.ContractAddress);
        foreach ((Signature signature, byte bit, ulong expected) in ((Signature, byte, ulong)[])[(low, 1, 1UL), (high, 2, 0UL)])
        {
            byte[] proof = new byte[96];
            proof[31] = bit;
            CompactSignature.From(signature).CopyTo(proof.AsSpan(32));
            Bytes data = new AbiTuple().Add(statement).AddBytes(proof).EncodeCall(ContractArtifact.AttestedVerifier.Selector("verify").Span);
            Assert.Equal(expected, UInt256.FromBigEndian((await anvil.CallAsync(new L1Call(verifier, data))).Span));
        }
    }

    private async Task<TestRollup> ChainAsync(params ulong[] slots)
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        foreach (ulong slot in slots)
        {
            await rollup.ProposeInAsync(slot);
        }

        return rollup;
    }

    private static Task<ContractError> ErrorAsync(TestRollup rollup, ulong to, byte[] proof)
    {
        CheckpointRecord At(ulong number) => rollup.Records[(int)Math.Min(number, rollup.TipNumber)];
        return rollup.RevertAsync(RollupCalls.SubmitProof(to, At(to), At(to + 1), proof));
    }
}
