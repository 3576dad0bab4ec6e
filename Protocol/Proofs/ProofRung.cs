using System.Collections.Immutable;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Proofs;

/// <summary>What shows that a transaction has reached a status. The cases are in the order of the ladder (design, section 1).</summary>
public abstract record ProofRung
{
    private ProofRung()
    {
    }

    /// <summary>The status's name.</summary>
    public abstract string Status { get; }

    /// <summary>When the status was reached here; null where it is not known. Nothing proves it.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>The transaction is in a flashblock that its producer signed.</summary>
    /// <param name="Flashblock">The flashblock.</param>
    public sealed record Preconfirmed(Flashblock Flashblock) : ProofRung
    {
        /// <inheritdoc/>
        public override string Status => "preconfirmed";
    }

    /// <summary>The transaction is in a sealed chunk that its producer signed.</summary>
    /// <param name="Chunk">The chunk, without bodies.</param>
    /// <param name="TransactionIndex">Place of the transaction in it.</param>
    /// <param name="Receipt">The transaction's receipt, as the receipts root commits to it; empty where it is not shown.</param>
    /// <param name="ReceiptNodes">Merkle path of the receipt: RLP of the nodes from the block's receipts root down.</param>
    public sealed record Proposed(ChunkProposal Chunk, int TransactionIndex, Bytes Receipt, ImmutableArray<Bytes> ReceiptNodes) : ProofRung
    {
        /// <inheritdoc/>
        public override string Status => "proposed";
    }

    /// <summary>A quorum of the committee re-executed the chunk and signed.</summary>
    /// <param name="Certificate">Their signatures.</param>
    public sealed record Attested(ChunkCertificate Certificate) : ProofRung
    {
        /// <inheritdoc/>
        public override string Status => "attested";
    }

    /// <summary>The chunk is part of a checkpoint on L1.</summary>
    /// <param name="Header">The checkpoint; L1 has its hash.</param>
    /// <param name="Chunks">Hashes of the slot's chunks in order, to which the header commits.</param>
    /// <param name="Certificate">The committee's signatures of the checkpoint; null where they are only in the blob.</param>
    /// <param name="L1">Where L1 shows it.</param>
    public sealed record Checkpointed(CheckpointHeader Header, ImmutableArray<Hash256> Chunks, CheckpointCertificate? Certificate, L1Anchor L1) : ProofRung
    {
        /// <inheritdoc/>
        public override string Status => "checkpointed";
    }

    /// <summary>The checkpoint is proven on L1.</summary>
    /// <param name="L1">Where L1 shows it.</param>
    public sealed record Proven(L1Anchor L1) : ProofRung
    {
        /// <inheritdoc/>
        public override string Status => "proven";
    }

    /// <summary>The proof is in a final L1 block.</summary>
    /// <param name="L1">Where L1 shows it.</param>
    public sealed record Finalized(L1Anchor L1) : ProofRung
    {
        /// <inheritdoc/>
        public override string Status => "finalized";
    }
}
