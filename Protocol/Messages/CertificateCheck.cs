using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Messages;

/// <summary>What checking a certificate gives.</summary>
public abstract record CertificateCheck
{
    private CertificateCheck()
    {
    }

    /// <summary>A quorum of the committee signed.</summary>
    /// <param name="Signers">How many.</param>
    public sealed record Valid(int Signers) : CertificateCheck;

    /// <summary>The certificate belongs to another rollup.</summary>
    /// <param name="Context">Its rollup.</param>
    public sealed record ForeignContext(SigningContext Context) : CertificateCheck;

    /// <summary>Fewer signed than a quorum.</summary>
    /// <param name="Have">How many signed.</param>
    /// <param name="Need">A quorum.</param>
    public sealed record TooFewSigners(int Have, int Need) : CertificateCheck;

    /// <summary>The bitmap names a member that the committee does not have.</summary>
    /// <param name="Position">The position.</param>
    /// <param name="CommitteeSize">Members of the committee.</param>
    public sealed record OutsideCommittee(int Position, int CommitteeSize) : CertificateCheck;

    /// <summary>A signature is not the member's.</summary>
    /// <param name="Position">The member's position.</param>
    /// <param name="Member">The member.</param>
    public sealed record WrongSigner(int Position, Address Member) : CertificateCheck;
}
