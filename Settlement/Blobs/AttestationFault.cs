namespace Cloud.Settlement.Blobs;

/// <summary>What is wrong with the attestations in a checkpoint's first blob: what the contract's invalidate takes as a reason.</summary>
public abstract record AttestationFault
{
    private AttestationFault()
    {
    }

    /// <summary>Field element 0 is not that of a frame whose attestations say that the committee executed the checkpoint.</summary>
    public sealed record MalformedFrame : AttestationFault;

    /// <summary>No quorum signed.</summary>
    /// <param name="Signers">How many did.</param>
    /// <param name="Quorum">How many must.</param>
    public sealed record TooFew(int Signers, int Quorum) : AttestationFault;

    /// <summary>A signature is not the member's.</summary>
    /// <param name="Member">Position in the committee.</param>
    /// <param name="Place">The signature's place in the blob.</param>
    public sealed record BadSignature(int Member, int Place) : AttestationFault;
}
