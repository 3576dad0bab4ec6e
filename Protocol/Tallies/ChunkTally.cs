using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Validation;

namespace Cloud.Protocol.Tallies;

/// <summary>The tally of one chunk position: (slot, producer, index).</summary>
/// <param name="context">The rollup.</param>
/// <param name="slot">The slot.</param>
/// <param name="producer">Who may propose at the position.</param>
/// <param name="index">Index of the chunk in the slot.</param>
/// <param name="committee">The committee of the slot's epoch.</param>
/// <param name="caps">How much is kept; null for <see cref="PoolCaps.Default"/>.</param>
public sealed class ChunkTally(SigningContext context, ulong slot, Address producer, uint index, Committee committee, PoolCaps? caps = null)
    : Tally<ChunkProposal, ChunkAttestation, ChunkCertificate>(context, producer, committee, caps)
{
    /// <summary>The slot.</summary>
    public ulong Slot => slot;

    /// <summary>Index of the chunk in the slot.</summary>
    public uint Index => index;

    private protected override Duty ProposalDuty => Duty.ChunkProposal(slot, index);

    private protected override Duty AttestationDuty(AttestationKind kind) => Duty.ChunkAttestation(slot, Proposer, index, kind);

    private protected override (Statement Statement, Signature Signature) Read(ChunkProposal proposal) => (proposal.Header.Statement, proposal.Signature);

    private protected override ChunkProposal Strip(ChunkProposal proposal) => proposal.WithoutBodies();

    private protected override AttestationParts Read(ChunkAttestation attestation) => new(attestation.Statement, attestation.Signature, attestation.ProposalSignature);

    private protected override (Statement Statement, SignerSet Signers) Read(ChunkCertificate certificate) => (certificate.Statement, certificate.Signers);

    private protected override ChunkCertificate Make(SigningContext context, AttestationKind kind, Hash256 payload, SignerSet signers) =>
        new(context, slot, Proposer, index, kind, payload, signers);
}
