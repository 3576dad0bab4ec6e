using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using static Cloud.Protocol.Tests.Messages.Signers;

namespace Cloud.Protocol.Tests.Messages;

public sealed class CertificateTests
{
    private static readonly ChunkHeader Chunk = Header();
    private static readonly CheckpointHeader Checkpoint = CheckpointHeader(Chunk);

    [Fact]
    public void A_quorum_of_five_of_seven_is_a_certificate()
    {
        Assert.Equal(new CertificateCheck.Valid(5), ChunkCertificate([0, 2, 3, 5, 6]).Check(Domains, Committee));
        Assert.Equal(new CertificateCheck.Valid(5), CheckpointCertificate([0, 1, 2, 3, 4]).Check(Domains, Committee));
        Assert.Equal(new CertificateCheck.Valid(7), ChunkCertificate([0, 1, 2, 3, 4, 5, 6]).Check(Domains, Committee));
    }

    [Fact]
    public void Fewer_than_a_quorum_are_refused() =>
        Assert.Equal(new CertificateCheck.TooFewSigners(4, 5), ChunkCertificate([0, 2, 3, 5]).Check(Domains, Committee));

    [Fact]
    public void A_certificate_of_another_rollup_is_refused()
    {
        Assert.IsType<CertificateCheck.ForeignContext>((ChunkCertificate([0, 1, 2, 3, 4]) with { Context = Context with { ChainId = 1 } }).Check(Domains, Committee));
        Assert.IsType<CertificateCheck.ForeignContext>((CheckpointCertificate([0, 1, 2, 3, 4]) with { Context = Context with { ChainId = 1 } }).Check(Domains, Committee));
    }

    [Fact]
    public void A_signature_of_another_member_or_statement_is_refused()
    {
        ChunkCertificate certificate = ChunkCertificate([0, 1, 2, 3, 4]);
        SignerSet swapped = SignerSet.Of([.. certificate.Signers.Signatures.Select((s, i) => KeyValuePair.Create(i switch { 0 => 1, 1 => 0, _ => i }, s))]);
        Assert.Equal(new CertificateCheck.WrongSigner(0, Committee.Members[0]), (certificate with { Signers = swapped }).Check(Domains, Committee));
        Assert.IsType<CertificateCheck.WrongSigner>((certificate with { ChunkHash = Hash256.Zero }).Check(Domains, Committee));
        Assert.IsType<CertificateCheck.WrongSigner>((certificate with { Slot = Slot + 1 }).Check(Domains, Committee));
        Assert.IsType<CertificateCheck.WrongSigner>((certificate with { Index = 1 }).Check(Domains, Committee));
        Assert.IsType<CertificateCheck.WrongSigner>((certificate with { Producer = Outsider }).Check(Domains, Committee));
        Assert.IsType<CertificateCheck.WrongSigner>((certificate with { Attestation = AttestationKind.Locked }).Check(Domains, Committee));
    }

    [Fact]
    public void A_signer_outside_the_committee_is_refused()
    {
        ChunkCertificate certificate = ChunkCertificate([0, 1, 2, 3]);
        SignerSet more = SignerSet.Of([.. certificate.Signers.Signatures.Select((s, i) => KeyValuePair.Create(i, s)), KeyValuePair.Create(7, certificate.Signers.Signatures[0])]);
        Assert.Equal(new CertificateCheck.OutsideCommittee(7, 7), (certificate with { Signers = more }).Check(Domains, Committee));
    }

    [Fact]
    public void Only_as_many_signatures_are_kept_as_asked_for()
    {
        SignerSet all = ChunkCertificate([6, 5, 4, 3, 2, 1, 0]).Signers;
        SignerSet five = SignerSet.Of(all.Signatures.Select((s, i) => KeyValuePair.Create(i, s)), most: 5);
        Assert.Equal((7, 5), (all.Count, five.Count));
        Assert.Equal([true, true, true, true, true, false, false, false], Enumerable.Range(0, 8).Select(five.Contains));
        Assert.False(five.Contains(-1));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1024)]
    public void A_position_that_no_committee_has_is_a_bug(int position) =>
        Assert.Throws<ArgumentException>(() => SignerSet.Of([KeyValuePair.Create(position, new Signature(1, 1, 0))]));

    [Fact]
    public void A_position_twice_is_a_bug() =>
        Assert.Throws<ArgumentException>(() => SignerSet.Of([KeyValuePair.Create(1, new Signature(1, 1, 0)), KeyValuePair.Create(1, new Signature(2, 1, 0))]));

    private static ChunkCertificate ChunkCertificate(int[] positions)
    {
        Statement statement = new(Duty.ChunkAttestation(Slot, Chunk.Producer, Chunk.Index, AttestationKind.Executed), Chunk.Hash);
        return new(Context, Slot, Chunk.Producer, Chunk.Index, AttestationKind.Executed, Chunk.Hash, Signers(positions, statement));
    }

    private static CheckpointCertificate CheckpointCertificate(int[] positions)
    {
        Statement statement = new(Duty.CheckpointAttestation(Slot, AttestationKind.Executed), Checkpoint.Hash);
        return new(Context, Slot, AttestationKind.Executed, Checkpoint.Hash, Signers(positions, statement));
    }

    private static SignerSet Signers(int[] positions, Statement statement) =>
        SignerSet.Of(positions.Select(position => KeyValuePair.Create(position, Sign(Committee.Members[position], statement))));
}
