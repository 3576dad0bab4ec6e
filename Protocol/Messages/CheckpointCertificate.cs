using Cloud.Protocol.Committees;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Messages;

/// <summary>A quorum of attestations of one checkpoint.</summary>
/// <param name="Context">The rollup.</param>
/// <param name="Slot">The slot.</param>
/// <param name="Attestation">What the signatures say.</param>
/// <param name="CheckpointHash">The checkpoint, <see cref="CheckpointHeader.Hash"/>.</param>
/// <param name="Signers">Who signed.</param>
public sealed record CheckpointCertificate(
    SigningContext Context, ulong Slot, AttestationKind Attestation, Hash256 CheckpointHash, SignerSet Signers) : IMessage<CheckpointCertificate>
{
    /// <inheritdoc/>
    public static MessageKind Kind => MessageKind.CheckpointCertificate;

    /// <inheritdoc/>
    public static int MaxLength => MessageLimits.MaxCertificateLength;

    /// <summary>What the members signed.</summary>
    public Statement Statement => new(Duty.CheckpointAttestation(Slot, Attestation), CheckpointHash);

    /// <inheritdoc/>
    public static Decoded<CheckpointCertificate> Decode(ReadOnlySpan<byte> encoded) => FieldReader.Decode(encoded, MaxLength, Read);

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

    internal static CheckpointCertificate? Read(ref FieldReader outer)
    {
        FieldReader fields = outer.Message(Kind, out SigningContext context);
        FieldReader position = fields.List("payload");
        ulong slot = position.UInt64("slot");
        AttestationKind kind = position.AttestationKind("attestation");
        Hash256 hash = position.Hash("checkpointHash");
        position.End("payload");
        SignerSet? signers = SignerSet.Read(ref fields);
        fields.End("message");
        return fields.Failed ? null : new CheckpointCertificate(context, slot, kind, hash, signers!);
    }

    internal void Write(RlpWriter writer)
    {
        int message = writer.BeginMessage(Kind, Context);
        int position = writer.BeginList();
        writer.Write(Slot);
        writer.Write((ulong)Attestation);
        writer.Write(CheckpointHash);
        writer.EndList(position);
        Signers.Write(writer);
        writer.EndList(message);
    }
}
