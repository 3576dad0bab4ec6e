using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Messages;

/// <summary>One committee member's signature on a chunk. The member is who the signature recovers to.</summary>
/// <param name="Context">The rollup.</param>
/// <param name="Slot">The slot.</param>
/// <param name="Producer">Who produced the chunk.</param>
/// <param name="Index">Index of the chunk in the slot.</param>
/// <param name="Attestation">What the signature says.</param>
/// <param name="ChunkHash">The chunk, <see cref="ChunkHeader.Hash"/>.</param>
/// <param name="Signature">The member's signature over <see cref="Statement"/>.</param>
/// <param name="ProposalSignature">The producer's signature on the chunk, which shows that the attestation speaks of a genuine proposal.</param>
public sealed record ChunkAttestation(
    SigningContext Context,
    ulong Slot,
    Address Producer,
    uint Index,
    AttestationKind Attestation,
    Hash256 ChunkHash,
    Signature Signature,
    Signature ProposalSignature) : IMessage<ChunkAttestation>
{
    /// <inheritdoc/>
    public static MessageKind Kind => MessageKind.ChunkAttestation;

    /// <inheritdoc/>
    public static int MaxLength => MessageLimits.MaxAttestationLength;

    /// <summary>What the member signs.</summary>
    public Statement Statement => new(Duty.ChunkAttestation(Slot, Producer, Index, Attestation), ChunkHash);

    /// <summary>What the producer signed.</summary>
    public Statement ProposalStatement => new(Duty.ChunkProposal(Slot, Index), ChunkHash);

    /// <inheritdoc/>
    public static Decoded<ChunkAttestation> Decode(ReadOnlySpan<byte> encoded) => FieldReader.Decode(encoded, MaxLength, Read);

    /// <inheritdoc/>
    public byte[] Encode() => MessageWriting.ToArray(Write);

    internal static ChunkAttestation? Read(ref FieldReader outer)
    {
        FieldReader fields = outer.Message(Kind, out SigningContext context);
        FieldReader position = fields.List("payload");
        ulong slot = position.UInt64("slot");
        Address producer = position.Address("producer");
        uint index = position.UInt32("index");
        AttestationKind kind = position.AttestationKind("attestation");
        Hash256 hash = position.Hash("chunkHash");
        position.End("payload");
        Signature signature = fields.Signature("signature");
        Signature proposal = fields.Signature("proposalSignature");
        fields.End("message");
        return fields.Failed ? null : new ChunkAttestation(context, slot, producer, index, kind, hash, signature, proposal);
    }

    internal void Write(RlpWriter writer)
    {
        int message = writer.BeginMessage(Kind, Context);
        int position = writer.BeginList();
        writer.Write(Slot);
        writer.Write(Producer);
        writer.Write((ulong)Index);
        writer.Write((ulong)Attestation);
        writer.Write(ChunkHash);
        writer.EndList(position);
        writer.Write(Signature);
        writer.Write(ProposalSignature);
        writer.EndList(message);
    }
}
