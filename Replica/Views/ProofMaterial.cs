using System.Collections.Immutable;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;

namespace Cloud.Replica.Views;

/// <summary>What shows that a transaction stands where its status says. Each rung that is reached has its part.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Flashblock">The signed flashblock that holds it; null where it is not kept.</param>
/// <param name="Proposal">The signed chunk that lists it, without bodies; null before it is sealed.</param>
/// <param name="Certificate">The committee's signatures on the chunk; null before there is a quorum.</param>
/// <param name="Chunks">Hashes of the chunks of the checkpoint in order; empty before it is proposed.</param>
/// <param name="Checkpoint">The checkpoint; null before it is proposed.</param>
/// <param name="CheckpointSignature">The proposer's signature on it; null where it is known from L1 only.</param>
/// <param name="Landed">Where L1 shows it; null before it landed.</param>
public sealed record ProofMaterial(
    Hash256 Transaction,
    Flashblock? Flashblock,
    ChunkProposal? Proposal,
    ChunkCertificate? Certificate,
    ImmutableArray<Hash256> Chunks,
    CheckpointHeader? Checkpoint,
    Protocol.Crypto.Signature? CheckpointSignature,
    L1Proof? Landed);
