using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Settlement.Contracts;

namespace Cloud.Settlement.Blobs;

/// <summary>The committee's signatures on a checkpoint as the first blob carries them. They may be anything: whether they are good is checked by who reads them.</summary>
/// <param name="Kind">What they say; one byte of any value.</param>
/// <param name="Signers">Bit i stands for member i of the committee.</param>
/// <param name="Signatures">One for each bit, in the order of the bits.</param>
public sealed record BlobAttestations(AttestationKind Kind, UInt128 Signers, ImmutableArray<CompactSignature> Signatures)
{
    /// <summary>Largest committee of the format.</summary>
    public const int MaxCommittee = 128;

    /// <summary>Takes a certificate's signatures.</summary>
    /// <param name="certificate">Of a committee of at most <see cref="MaxCommittee"/>.</param>
    /// <returns>The same signatures.</returns>
    /// <exception cref="ArgumentException">A signer's position is outside the format.</exception>
    public static BlobAttestations From(CheckpointCertificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        if (certificate.Signers.Bitmap.Length > MaxCommittee / 8)
        {
            throw new ArgumentException($"The blob format has room for committees of {MaxCommittee}.", nameof(certificate));
        }

        UInt128 signers = 0;
        for (int i = 0; i < certificate.Signers.Bitmap.Length; i++)
        {
            signers |= (UInt128)certificate.Signers.Bitmap.Span[i] << (8 * i);
        }

        return new BlobAttestations(certificate.Attestation, signers, [.. certificate.Signers.Signatures.Select(signature => CompactSignature.From(signature))]);
    }

    /// <summary>The signatures as a certificate, for the checks that every certificate goes through.</summary>
    /// <param name="context">The rollup.</param>
    /// <param name="header">The checkpoint.</param>
    /// <returns>The certificate; null where a signature is not well-formed, which makes the checkpoint invalid.</returns>
    public CheckpointCertificate? ToCertificate(SigningContext context, CheckpointHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        List<KeyValuePair<int, Signature>> pairs = new(Signatures.Length);
        UInt128 rest = Signers;
        foreach (CompactSignature compact in Signatures)
        {
            Signature signature = compact.Expand();
            if (signature.Check() != SignatureFault.None)
            {
                return null;
            }

            pairs.Add(new((int)UInt128.TrailingZeroCount(rest), signature));
            rest &= rest - 1;
        }

        return new CheckpointCertificate(context, header.Slot, Kind, header.Hash, SignerSet.Of(pairs));
    }

    /// <inheritdoc/>
    public bool Equals(BlobAttestations? other) =>
        other is not null && Kind == other.Kind && Signers == other.Signers && Signatures.AsSpan().SequenceEqual(other.Signatures.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Signers);
}
