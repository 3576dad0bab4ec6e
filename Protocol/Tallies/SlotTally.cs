using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Validation;

namespace Cloud.Protocol.Tallies;

/// <summary>The tally of one slot's checkpoint.</summary>
/// <param name="context">The rollup.</param>
/// <param name="slot">The slot.</param>
/// <param name="proposer">The slot's proposer.</param>
/// <param name="committee">The committee of the slot's epoch.</param>
/// <param name="caps">How much is kept; null for <see cref="PoolCaps.Default"/>.</param>
public sealed class SlotTally(SigningContext context, ulong slot, Address proposer, Committee committee, PoolCaps? caps = null)
    : Tally<CheckpointProposal, CheckpointAttestation, CheckpointCertificate>(context, proposer, committee, caps)
{
    /// <summary>The slot.</summary>
    public ulong Slot => slot;

    private protected override Duty ProposalDuty => Duty.CheckpointProposal(slot);

    private protected override Duty AttestationDuty(AttestationKind kind) => Duty.CheckpointAttestation(slot, kind);

    private protected override (Statement Statement, Signature Signature) Read(CheckpointProposal proposal) => (proposal.Header.Statement, proposal.Signature);

    private protected override CheckpointProposal Strip(CheckpointProposal proposal) => proposal.WithoutLastChunk();

    private protected override AttestationParts Read(CheckpointAttestation attestation) => new(attestation.Statement, attestation.Signature, attestation.ProposalSignature);

    private protected override (Statement Statement, SignerSet Signers) Read(CheckpointCertificate certificate) => (certificate.Statement, certificate.Signers);

    private protected override CheckpointCertificate Make(SigningContext context, AttestationKind kind, Hash256 payload, SignerSet signers) =>
        new(context, slot, kind, payload, signers);
}
