using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Proofs;

/// <summary>Checks proofs of a transaction's status, without state, network or clock.</summary>
public sealed class ProofVerifier
{
    private readonly ProofTrust _trust;

    /// <summary>Makes a verifier.</summary>
    /// <param name="trust">What to take for granted; null for nothing.</param>
    public ProofVerifier(ProofTrust? trust = null) => _trust = trust ?? ProofTrust.None;

    /// <summary>Checks every rung, and that they are about the same place.</summary>
    /// <param name="proof">The proof.</param>
    /// <returns>What is right and what is not.</returns>
    public ProofVerdict Verify(TransactionProof proof)
    {
        ArgumentNullException.ThrowIfNull(proof);
        ImmutableArray<RungVerdict>.Builder verdicts = ImmutableArray.CreateBuilder<RungVerdict>(proof.Rungs.Length);
        Walk walk = new(proof, new SigningDomains(proof.Context), CheckCommittee(proof));
        foreach (ProofRung rung in proof.Rungs)
        {
            verdicts.Add(_trust.Context is { } context && context != proof.Context
                ? new RungVerdict(rung.Status, ProofFault.OtherRollup, $"the proof is of chain {proof.Context.ChainId}, rollup {proof.Context.Rollup}", null)
                : walk.Check(rung));
        }

        return new ProofVerdict(verdicts.MoveToImmutable(), proof.Committee?.Commitment(), walk.Succeeded);
    }

    private string? CheckCommittee(TransactionProof proof)
    {
        if (proof.Committee is not { } committee)
        {
            return null;
        }

        if (_trust.CommitteeCommitment is { } trusted && committee.Commitment() != trusted)
        {
            return $"the committee of the proof, {committee.Commitment()}, is not the trusted one, {trusted}";
        }

        ulong? slot = proof.Rungs.Select(SlotOf).FirstOrDefault(known => known is not null);
        return _trust.SlotsPerEpoch is { } slots && slot is { } of && of / (ulong)slots != committee.Epoch
            ? $"slot {of} is of epoch {of / (ulong)slots}, and the committee of epoch {committee.Epoch}"
            : null;
    }

    private static ulong? SlotOf(ProofRung rung) => rung switch
    {
        ProofRung.Preconfirmed preconfirmed => preconfirmed.Flashblock.Payload.Slot,
        ProofRung.Proposed proposed => proposed.Chunk.Header.Slot,
        ProofRung.Attested attested => attested.Certificate.Slot,
        ProofRung.Checkpointed checkpointed => checkpointed.Header.Slot,
        _ => null,
    };

    /// <summary>One proof on its way up the ladder.</summary>
    private sealed class Walk(TransactionProof proof, SigningDomains domains, string? committeeFault)
    {
        private FlashblockPayload? _flashblock;
        private ChunkHeader? _chunk;
        private CheckpointHeader? _checkpoint;
        private L1Anchor? _landed;
        private L1Anchor? _proven;

        public bool? Succeeded { get; private set; }

        public RungVerdict Check(ProofRung rung) => rung switch
        {
            ProofRung.Preconfirmed preconfirmed => Check(preconfirmed),
            ProofRung.Proposed proposed => Check(proposed),
            ProofRung.Attested attested => Check(attested),
            ProofRung.Checkpointed checkpointed => Check(checkpointed),
            ProofRung.Proven proven => CheckAnchor(proven, proven.L1, _landed, ref _proven),
            ProofRung.Finalized finalized => CheckAnchor(finalized, finalized.L1, _proven ?? _landed, ref _proven),
            _ => throw new InvalidOperationException("Not a known rung."),
        };

        private static RungVerdict Fail(ProofRung rung, ProofFault fault, string detail) => new(rung.Status, fault, detail, null);

        private RungVerdict? CheckProducer(ProofRung rung, SigningContext context, in Statement statement, in Signature signature, in Address producer, ulong slot)
        {
            if (context != proof.Context)
            {
                return Fail(rung, ProofFault.OtherRollup, $"the message is of chain {context.ChainId}, rollup {context.Rollup}");
            }

            if (!domains.TryRecover(in statement, in signature, out Address signer) || signer != producer)
            {
                return Fail(rung, ProofFault.WrongSignature, $"the signature is not that of the producer {producer}");
            }

            if (proof.Committee is not { } committee)
            {
                return null;
            }

            return committeeFault is not null ? Fail(rung, ProofFault.OtherCommittee, committeeFault)
                : committee.ProposerAt(slot) != producer
                    ? Fail(rung, ProofFault.NotTheProposer, $"the proposer of slot {slot} was {committee.ProposerAt(slot)}, not {producer}")
                    : null;
        }

        private RungVerdict Check(ProofRung.Preconfirmed rung)
        {
            FlashblockPayload payload = rung.Flashblock.Payload;
            if (CheckProducer(rung, rung.Flashblock.Context, payload.Statement, rung.Flashblock.Signature, payload.Producer, payload.Slot) is { } fault)
            {
                return fault;
            }

            foreach (Bytes transaction in payload.Diff.Transactions)
            {
                if (Keccak256.Hash(transaction.Span) == proof.Transaction)
                {
                    _flashblock = payload;
                    return new RungVerdict(
                        rung.Status,
                        ProofFault.None,
                        $"{payload.Producer} signed flashblock {payload.Index} of chunk {payload.Chunk} in slot {payload.Slot}, block {payload.BlockNumber}, with the transaction",
                        null);
                }
            }

            return Fail(rung, ProofFault.TransactionMissing, "the flashblock does not hold the transaction");
        }

        private RungVerdict Check(ProofRung.Proposed rung)
        {
            ChunkHeader header = rung.Chunk.Header;
            if (CheckProducer(rung, rung.Chunk.Context, header.Statement, rung.Chunk.Signature, header.Producer, header.Slot) is { } fault)
            {
                return fault;
            }

            if (rung.TransactionIndex < 0 || rung.TransactionIndex >= header.Transactions.Length || header.Transactions[rung.TransactionIndex] != proof.Transaction)
            {
                return Fail(rung, ProofFault.TransactionMissing, $"the chunk does not hold the transaction at place {rung.TransactionIndex}");
            }

            if (_flashblock is { } below && (below.Slot, below.Chunk, below.BlockNumber) != (header.Slot, header.Index, header.Block.Number))
            {
                return Fail(rung, ProofFault.OtherPlace, "the flashblock is of another chunk");
            }

            string outcome = "";
            if (!rung.Receipt.IsEmpty || !rung.ReceiptNodes.IsEmpty)
            {
                bool isProven = OrderedTrie.TryFollow(header.Block.ReceiptsRoot, rung.TransactionIndex, rung.ReceiptNodes.AsSpan(), out byte[] value)
                    && value.AsSpan().SequenceEqual(rung.Receipt.Span);
                if (!isProven || Receipt.TryDecode(rung.Receipt.Span, out Receipt? receipt) is not null)
                {
                    return Fail(rung, ProofFault.ReceiptNotProven, "the receipt is not the one that the block's receipts root commits to");
                }

                Succeeded = receipt!.Succeeded;
                outcome = receipt.Succeeded ? ", where it succeeded" : ", where it failed";
            }

            _chunk = header;
            return new RungVerdict(
                rung.Status,
                ProofFault.None,
                $"{header.Producer} signed chunk {header.Index} of slot {header.Slot}, block {header.Block.Number}, with the transaction at place {rung.TransactionIndex}{outcome}",
                null);
        }

        private RungVerdict Check(ProofRung.Attested rung)
        {
            if (_chunk is not { } chunk)
            {
                return Fail(rung, ProofFault.NoFooting, "the chunk is not shown");
            }

            ChunkCertificate certificate = rung.Certificate;
            if ((certificate.Slot, certificate.Producer, certificate.Index, certificate.ChunkHash) != (chunk.Slot, chunk.Producer, chunk.Index, chunk.Hash))
            {
                return Fail(rung, ProofFault.OtherPlace, "the certificate is of another chunk");
            }

            return CheckQuorum(rung, certificate.Check, out string detail)
                ?? new RungVerdict(rung.Status, ProofFault.None, $"{detail} re-executed the chunk and signed", null);
        }

        private RungVerdict Check(ProofRung.Checkpointed rung)
        {
            if (_chunk is not { } chunk)
            {
                return Fail(rung, ProofFault.NoFooting, "the chunk is not shown");
            }

            CheckpointHeader header = rung.Header;
            if (header.Slot != chunk.Slot || header.FirstBlock + chunk.Index != chunk.Block.Number || rung.L1.PayloadHash != header.Hash)
            {
                return Fail(rung, ProofFault.OtherPlace, "the checkpoint is of other blocks");
            }

            bool isCommitted = header.CommitsTo(rung.Chunks.AsSpan())
                && chunk.Index < rung.Chunks.Length && rung.Chunks[(int)chunk.Index] == chunk.Hash;
            if (!isCommitted)
            {
                return Fail(rung, ProofFault.NotCommitted, "the checkpoint's header does not commit to the chunk");
            }

            string signed = "";
            if (rung.Certificate is { } certificate)
            {
                if (certificate.Slot != header.Slot || certificate.CheckpointHash != header.Hash)
                {
                    return Fail(rung, ProofFault.OtherPlace, "the certificate is of another checkpoint");
                }

                if (CheckQuorum(rung, certificate.Check, out string detail) is { } fault)
                {
                    return fault;
                }

                signed = $", which {detail} signed";
            }

            _checkpoint = header;
            _landed = rung.L1;
            return new RungVerdict(
                rung.Status, ProofFault.None, $"the chunk is number {chunk.Index} of {header.Chunks} in checkpoint {rung.L1.Checkpoint}, hash {header.Hash}{signed}", rung.L1);
        }

        private RungVerdict CheckAnchor(ProofRung rung, L1Anchor anchor, L1Anchor? below, ref L1Anchor? reached)
        {
            if (_checkpoint is not { } checkpoint || below is null)
            {
                return Fail(rung, ProofFault.NoFooting, "the checkpoint is not shown");
            }

            // A proof may cover more checkpoints than this one; it comes no earlier than the checkpoint.
            if (anchor.Checkpoint < below.Checkpoint || anchor.BlockNumber < below.BlockNumber || (anchor.Checkpoint == below.Checkpoint && anchor.PayloadHash != checkpoint.Hash))
            {
                return Fail(rung, ProofFault.OtherPlace, "the L1 block is older than the checkpoint, or of another one");
            }

            reached = anchor;
            return new RungVerdict(rung.Status, ProofFault.None, $"to be confirmed in L1 block {anchor.BlockNumber}", anchor);
        }

        private RungVerdict? CheckQuorum(ProofRung rung, Func<SigningDomains, Committee, CertificateCheck> check, out string detail)
        {
            detail = "";
            if (proof.Committee is not { } committee)
            {
                return Fail(rung, ProofFault.NoCommittee, "the committee is not shown");
            }

            if (committeeFault is not null)
            {
                return Fail(rung, ProofFault.OtherCommittee, committeeFault);
            }

            CertificateCheck outcome = check(domains, committee);
            if (outcome is not CertificateCheck.Valid valid)
            {
                return Fail(rung, ProofFault.NoQuorum, $"the certificate is not valid: {outcome}");
            }

            detail = $"{valid.Signers} of {committee.Size} members of the committee (quorum {committee.Quorum})";
            return null;
        }
    }
}
