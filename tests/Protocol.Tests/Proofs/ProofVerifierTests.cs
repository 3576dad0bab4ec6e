using System.Collections.Immutable;
using System.Text;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Proofs;
using Cloud.Protocol.Tests.Support;

namespace Cloud.Protocol.Tests.Proofs;

public sealed class ProofVerifierTests
{
    private readonly SampleProof _sample = new();

    /// <summary>The verifier in TypeScript is tested with this document: both read the same one.</summary>
    [Fact]
    public void The_sample_of_the_verifier_in_TypeScript_is_this_proof()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Cloud.sln")))
        {
            folder = folder.Parent;
        }

        string file = Path.Combine(folder!.FullName, "clients", "verify", "tests", "sample-proof.json");
        string written = Encoding.UTF8.GetString(TransactionProofJson.Write(_sample.Proof)) + "\n";
        Assert.Equal(File.ReadAllText(file), written);
    }

    [Fact]
    public void Every_rung_of_a_sound_proof_is_valid()
    {
        ProofVerdict verdict = new ProofVerifier().Verify(_sample.Proof);
        Assert.All(verdict.Rungs, rung => Assert.True(rung.IsValid, rung.Detail));
        Assert.Equal("finalized", verdict.Proven);
        Assert.True(verdict.Succeeded);
        Assert.Equal(_sample.Rollup.Committee.Commitment(), verdict.Committee);
        Assert.Equal([3, 4, 5], verdict.Rungs.Select((rung, i) => rung.ToConfirm is null ? -1 : i).Where(i => i >= 0));
    }

    [Fact]
    public void A_failed_transaction_is_proven_to_have_failed()
    {
        ProofRung.Proposed rung = new(_sample.Rollup.Propose(_sample.Chunk), 3, _sample.Receipts[3].Encode(), _sample.Path(3));
        ProofVerdict verdict = new ProofVerifier().Verify(_sample.Proof with { Transaction = _sample.Chunk.Transactions[3], Rungs = [rung] });
        Assert.True(verdict.IsValid);
        Assert.False(verdict.Succeeded);
    }

    [Fact]
    public void A_trusted_committee_and_rollup_are_compared()
    {
        ProofTrust trust = new() { Context = _sample.Rollup.Context, CommitteeCommitment = _sample.Rollup.Committee.Commitment(), SlotsPerEpoch = 32 };
        Assert.True(new ProofVerifier(trust).Verify(_sample.Proof).IsValid);
        AssertFault(ProofFault.OtherRollup, 0, _sample.Proof, trust with { Context = new SigningContext(1, default) });
        AssertFault(ProofFault.OtherCommittee, 0, _sample.Proof, trust with { CommitteeCommitment = default(Hash256) });
        AssertFault(ProofFault.OtherCommittee, 0, _sample.Proof, trust with { SlotsPerEpoch = 4 });
    }

    [Fact]
    public void A_flashblock_that_another_key_signed_proves_nothing() =>
        AssertFault(ProofFault.WrongSignature, 0, _sample.With(new ProofRung.Preconfirmed(_sample.Sign(_sample.Flashblock.Payload, _sample.Rollup.Outsider))));

    [Fact]
    public void A_flashblock_of_somebody_who_was_not_the_proposer_proves_nothing()
    {
        Address other = _sample.Rollup.Committee.Members.First(member => member != _sample.Rollup.ProposerOf(SampleProof.Slot));
        Cloud.Protocol.Flashblocks.FlashblockPayload payload = _sample.Flashblock.Payload;
        AssertFault(ProofFault.NotTheProposer, 0, _sample.With(new ProofRung.Preconfirmed(_sample.Sign(new(
            payload.Slot, other, payload.Chunk, payload.Index, payload.PayloadId, payload.BlockNumber, payload.Previous, payload.IsLast, payload.EmittedAt, payload.Base, payload.Diff)))));
    }

    [Fact]
    public void A_message_of_another_rollup_proves_nothing() =>
        AssertFault(ProofFault.OtherRollup, 0, _sample.With(new ProofRung.Preconfirmed(_sample.Flashblock with { Context = new SigningContext(1, default) })));

    [Fact]
    public void The_transaction_must_be_where_the_proof_says()
    {
        AssertFault(ProofFault.TransactionMissing, 0, _sample.Proof with { Transaction = TestRollup.Digest("other") });
        ProofRung.Proposed proposed = (ProofRung.Proposed)_sample.Proof.Rungs[1];
        AssertFault(ProofFault.TransactionMissing, 1, _sample.With(proposed with { TransactionIndex = 1 }));
        AssertFault(ProofFault.TransactionMissing, 1, _sample.With(proposed with { TransactionIndex = -1 }));
        AssertFault(ProofFault.TransactionMissing, 1, _sample.With(proposed with { TransactionIndex = 5 }));
    }

    [Fact]
    public void A_receipt_must_be_the_one_at_that_place()
    {
        ProofRung.Proposed proposed = (ProofRung.Proposed)_sample.Proof.Rungs[1];
        AssertFault(ProofFault.ReceiptNotProven, 1, _sample.With(proposed with { Receipt = _sample.Receipts[3].Encode() }));
        AssertFault(ProofFault.ReceiptNotProven, 1, _sample.With(proposed with { ReceiptNodes = _sample.Path(3) }));
        AssertFault(ProofFault.ReceiptNotProven, 1, _sample.With(proposed with { ReceiptNodes = [] }));
    }

    [Fact]
    public void A_certificate_must_be_of_the_chunk_and_signed_by_a_quorum()
    {
        ChunkCertificate certificate = _sample.Rollup.Certify(_sample.Chunk);
        AssertFault(ProofFault.OtherPlace, 2, _sample.With(new ProofRung.Attested(certificate with { ChunkHash = default })));
        AssertFault(ProofFault.NoQuorum, 2, _sample.With(new ProofRung.Attested(certificate with { Signers = SignerSet.Of([KeyValuePair.Create(0, certificate.Signers.Signatures[0])]) })));
        AssertFault(ProofFault.NoCommittee, 2, _sample.Proof with { Committee = null });
        AssertFault(ProofFault.NoFooting, 0, _sample.Proof with { Rungs = [new ProofRung.Attested(certificate)] });
    }

    [Fact]
    public void A_checkpoint_must_commit_to_the_chunk()
    {
        ProofRung.Checkpointed checkpointed = (ProofRung.Checkpointed)_sample.Proof.Rungs[3];
        AssertFault(ProofFault.NotCommitted, 3, _sample.With(checkpointed with { Chunks = [.. checkpointed.Chunks.Reverse()] }));
        AssertFault(ProofFault.NotCommitted, 3, _sample.With(checkpointed with { Chunks = [] }));
        AssertFault(ProofFault.OtherPlace, 3, _sample.With(checkpointed with { L1 = checkpointed.L1 with { PayloadHash = default } }));
        AssertFault(ProofFault.NoQuorum, 3, _sample.With(checkpointed with { Certificate = checkpointed.Certificate! with { Attestation = AttestationKind.Stored } }));
        Assert.True(new ProofVerifier().Verify(_sample.With(checkpointed with { Certificate = null })).IsValid);
    }

    [Fact]
    public void What_L1_shows_later_cannot_be_older_than_the_checkpoint()
    {
        AssertFault(ProofFault.OtherPlace, 4, _sample.With(new ProofRung.Proven(_sample.Landed with { BlockNumber = 99 })));
        AssertFault(ProofFault.OtherPlace, 5, _sample.With(new ProofRung.Finalized(_sample.Landed with { BlockNumber = 110 })));
        AssertFault(ProofFault.NoFooting, 0, _sample.Proof with { Rungs = [_sample.Proof.Rungs[4]] });
    }

    [Fact]
    public void A_proof_survives_its_json()
    {
        byte[] text = TransactionProofJson.Write(_sample.Proof);
        TransactionProof read = Assert.IsType<ProofReading.Ok>(TransactionProofJson.Read(text)).Proof;
        Assert.Equal(text, TransactionProofJson.Write(read));
        Assert.True(new ProofVerifier().Verify(read).IsValid);
    }

    [Fact]
    public void Mutated_json_is_refused_or_proves_no_more()
    {
        byte[] text = TransactionProofJson.Write(_sample.Proof);
        Random random = new(7);
        for (int i = 0; i < 3_000; i++)
        {
            byte[] mutated = [.. text];
            int at = random.Next(mutated.Length);
            switch (random.Next(3))
            {
                case 0:
                    mutated[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mutated = [.. mutated[..at], .. mutated[Math.Min(mutated.Length, at + random.Next(1, 9))..]];
                    break;
                default:
                    mutated[at] = mutated[random.Next(mutated.Length)];
                    break;
            }

            if (TransactionProofJson.Read(mutated) is ProofReading.Ok { Proof: var proof } && proof.Transaction != _sample.Transaction)
            {
                Assert.False(new ProofVerifier().Verify(proof).IsValid);
            }
        }
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("[]", "not an object")]
    [InlineData("{\"format\":\"x\"}", "format is \"x\"")]
    [InlineData("{\"format\":\"preconf-proof/1\",\"chainId\":-1}", "chainId: a number from 0 to 2^64 - 1 is expected")]
    public void Text_that_is_no_proof_is_refused_with_the_reason(string text, string reason) =>
        Assert.StartsWith(reason, Assert.IsType<ProofReading.Refused>(TransactionProofJson.Read(System.Text.Encoding.UTF8.GetBytes(text))).Reason, StringComparison.Ordinal);

    private static void AssertFault(ProofFault fault, int rung, TransactionProof proof, ProofTrust? trust = null)
    {
        ImmutableArray<RungVerdict> verdicts = new ProofVerifier(trust).Verify(proof).Rungs;
        Assert.Equal(fault, verdicts[rung].Fault);
    }
}
