using Cloud.Protocol.Committees;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Messages;

/// <summary>A quorum of attestations of one chunk.</summary>
/// <param name="Context">The rollup.</param>
/// <param name="Slot">The slot.</param>
/// <param name="Producer">Who produced the chunk.</param>
/// <param name="Index">Index of the chunk in the slot.</param>
/// <param name="Attestation">What the signatures say.</param>
/// <param name="ChunkHash">The chunk, <see cref="ChunkHeader.Hash"/>.</param>
/// <param name="Signers">Who signed.</param>
public sealed record ChunkCertificate(
    SigningContext Context, ulong Slot, Address Producer, uint Index, AttestationKind Attestation, Hash256 ChunkHash, SignerSet Signers) : IMessage<ChunkCertificate>
{
    /// <inheritdoc/>
    public static MessageKind Kind => MessageKind.ChunkCertificate;

    /// <inheritdoc/>
    public static int MaxLength => MessageLimits.MaxCertificateLength;

    /// <summary>What the members signed.</summary>
    public Statement Statement => new(Duty.ChunkAttestation(Slot, Producer, Index, Attestation), ChunkHash);

    /// <inheritdoc/>
    public static Decoded<ChunkCertificate> Decode(ReadOnlySpan<byte> encoded) => FieldReader.Decode(encoded, MaxLength, Read);

    /// <inheritdoc/>
    public byte[] Encode() => MessageWriting.ToArray(Write);

    /// <summary>Checks the certificate against a committee.</summary>
    /// <param name="domains">The rollup.</param>
    /// <param name="committee">The committee of the slot's epoch.</param>
    /// <returns>The outcome.</returns>
    public CertificateCheck Check(SigningDomains domains, Committee committee)
    {
        ArgumentNullException.ThrowIfNull(domains);
        return Context != domains.Context ? new CertificateCheck.ForeignContext(Context) : Signers.Check(domains, Statement, committee);
    }

    internal static ChunkCertificate? Read(ref FieldReader outer)
    {
        FieldReader fields = outer.Message(Kind, out SigningContext context);
        FieldReader position = fields.List("payload");
        ulong slot = position.UInt64("slot");
        Address producer = position.Address("producer");
        uint index = position.UInt32("index");
        AttestationKind kind = position.AttestationKind("attestation");
        Hash256 hash = position.Hash("chunkHash");
        position.End("payload");
        SignerSet? signers = SignerSet.Read(ref fields);
        fields.End("message");
        return fields.Failed ? null : new ChunkCertificate(context, slot, producer, index, kind, hash, signers!);
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
        Signers.Write(writer);
        writer.EndList(message);
    }
}
