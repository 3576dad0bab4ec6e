using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Messages;

/// <summary>One committee member's signature on a checkpoint. The member is who the signature recovers to.</summary>
/// <param name="Context">The rollup.</param>
/// <param name="Slot">The slot.</param>
/// <param name="Attestation">What the signature says.</param>
/// <param name="CheckpointHash">The checkpoint, <see cref="CheckpointHeader.Hash"/>.</param>
/// <param name="Signature">The member's signature over <see cref="Statement"/>.</param>
/// <param name="ProposalSignature">The proposer's signature on the checkpoint, which shows that the attestation speaks of a genuine proposal.</param>
public sealed record CheckpointAttestation(
    SigningContext Context,
    ulong Slot,
    AttestationKind Attestation,
    Hash256 CheckpointHash,
    Signature Signature,
    Signature ProposalSignature) : IMessage<CheckpointAttestation>
{
    /// <inheritdoc/>
    public static MessageKind Kind => MessageKind.CheckpointAttestation;

    /// <inheritdoc/>
    public static int MaxLength => MessageLimits.MaxAttestationLength;

    /// <summary>What the member signs.</summary>
    public Statement Statement => new(Duty.CheckpointAttestation(Slot, Attestation), CheckpointHash);

    /// <summary>What the proposer signed.</summary>
    public Statement ProposalStatement => new(Duty.CheckpointProposal(Slot), CheckpointHash);

    /// <inheritdoc/>
    public static Decoded<CheckpointAttestation> Decode(ReadOnlySpan<byte> encoded) => FieldReader.Decode(encoded, MaxLength, Read);

    /// <inheritdoc/>
    public byte[] Encode() => MessageWriting.ToArray(Write);

    internal static CheckpointAttestation? Read(ref FieldReader outer)
    {
        FieldReader fields = outer.Message(Kind, out SigningContext context);
        FieldReader position = fields.List("payload");
        ulong slot = position.UInt64("slot");
        AttestationKind kind = position.AttestationKind("attestation");
        Hash256 hash = position.Hash("checkpointHash");
        position.End("payload");
        Signature signature = fields.Signature("signature");
        Signature proposal = fields.Signature("proposalSignature");
        fields.End("message");
        return fields.Failed ? null : new CheckpointAttestation(context, slot, kind, hash, signature, proposal);
    }

    internal void Write(RlpWriter writer)
    {
        int message = writer.BeginMessage(Kind, Context);
        int position = writer.BeginList();
        writer.Write(Slot);
        writer.Write((ulong)Attestation);
        writer.Write(CheckpointHash);
        writer.EndList(position);
        writer.Write(Signature);
        writer.Write(ProposalSignature);
        writer.EndList(message);
    }
}
