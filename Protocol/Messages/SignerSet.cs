using System.Collections.Immutable;
using System.Numerics;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Messages;

/// <summary>Which members of a committee signed one statement, and their signatures in the committee's order.</summary>
/// <remarks>In the bitmap, member i is bit i mod 8, counted from the lowest, of byte i / 8; the last byte is not zero.</remarks>
public sealed record SignerSet
{
    /// <summary>The only signature scheme so far, secp256k1 ECDSA; written in front, so that others can follow.</summary>
    private const ulong Scheme = 1;

    private const int MaxBitmapLength = Committee.MaxSize / 8;

    private SignerSet(Bytes bitmap, ImmutableArray<Signature> signatures)
    {
        Bitmap = bitmap;
        Signatures = signatures;
    }

    /// <summary>Who signed.</summary>
    public Bytes Bitmap { get; }

    /// <summary>The signatures, in the committee's order.</summary>
    public ImmutableArray<Signature> Signatures { get; }

    /// <summary>How many signed.</summary>
    public int Count => Signatures.Length;

    /// <summary>Collects signatures.</summary>
    /// <param name="signatures">Position in the committee and signature; no position twice.</param>
    /// <param name="most">Keep at most so many, those of the lowest positions. A quorum is enough on L1, and more costs more.</param>
    /// <returns>The set.</returns>
    /// <exception cref="ArgumentException">A position is negative, not below <see cref="Committee.MaxSize"/>, or there twice.</exception>
    public static SignerSet Of(IEnumerable<KeyValuePair<int, Signature>> signatures, int most = Committee.MaxSize)
    {
        KeyValuePair<int, Signature>[] ordered = [.. signatures.OrderBy(pair => pair.Key).Take(most)];
        byte[] bitmap = new byte[ordered.Length == 0 ? 0 : (Math.Clamp(ordered[^1].Key, 0, Committee.MaxSize) / 8) + 1];
        ImmutableArray<Signature>.Builder list = ImmutableArray.CreateBuilder<Signature>(ordered.Length);
        foreach ((int position, Signature signature) in ordered)
        {
            if (position is < 0 or >= Committee.MaxSize || (bitmap[position / 8] & (1 << (position % 8))) != 0)
            {
                throw new ArgumentException($"Position {position} is out of range or there twice.", nameof(signatures));
            }

            bitmap[position / 8] |= (byte)(1 << (position % 8));
            list.Add(signature);
        }

        return new SignerSet(bitmap, list.MoveToImmutable());
    }

    /// <summary>Whether a member signed.</summary>
    /// <param name="position">Position in the committee.</param>
    /// <returns>False also for positions outside the bitmap.</returns>
    public bool Contains(int position) => position >= 0 && position / 8 < Bitmap.Length && (Bitmap.Span[position / 8] & (1 << (position % 8))) != 0;

    /// <summary>Checks every signature, and that they are a quorum of the committee.</summary>
    /// <param name="domains">The rollup.</param>
    /// <param name="statement">What they all must have signed.</param>
    /// <param name="committee">The committee of the slot's epoch.</param>
    /// <returns>The outcome; the first thing that is wrong.</returns>
    public CertificateCheck Check(SigningDomains domains, in Statement statement, Committee committee)
    {
        ArgumentNullException.ThrowIfNull(domains);
        ArgumentNullException.ThrowIfNull(committee);
        if (Count < committee.Quorum)
        {
            return new CertificateCheck.TooFewSigners(Count, committee.Quorum);
        }

        Hash256 digest = domains.Digest(statement);
        int next = 0;
        for (int position = 0; position < Bitmap.Length * 8; position++)
        {
            if (!Contains(position))
            {
                continue;
            }

            if (position >= committee.Size)
            {
                return new CertificateCheck.OutsideCommittee(position, committee.Size);
            }

            if (!domains.TryRecover(digest, Signatures[next++], out Address signer) || signer != committee.Members[position])
            {
                return new CertificateCheck.WrongSigner(position, committee.Members[position]);
            }
        }

        return new CertificateCheck.Valid(Count);
    }

    /// <inheritdoc/>
    public bool Equals(SignerSet? other) =>
        other is not null && Bitmap == other.Bitmap && Signatures.AsSpan().SequenceEqual(other.Signatures.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Bitmap, Count);

    internal static SignerSet? Read(ref FieldReader outer)
    {
        FieldReader fields = outer.List("signers");
        ulong scheme = fields.UInt64("scheme");
        Bytes bitmap = fields.Bytes("bitmap", MaxBitmapLength);
        FieldReader list = fields.List("signatures");
        if (!list.TryCount("signatures", Committee.MaxSize, out int count))
        {
            return null;
        }

        if (scheme != Scheme)
        {
            fields.Refuse(new DecodeRefusal.OutOfRange("scheme", scheme));
        }

        if (!bitmap.IsEmpty && bitmap.Span[^1] == 0)
        {
            fields.Refuse(new DecodeRefusal.Inconsistent("the bitmap ends with the last signer"));
        }

        int signers = 0;
        foreach (byte bits in bitmap.Span)
        {
            signers += BitOperations.PopCount(bits);
        }

        if (signers != count)
        {
            fields.Refuse(new DecodeRefusal.Inconsistent("each signer in the bitmap has one signature"));
        }

        ImmutableArray<Signature>.Builder signatures = ImmutableArray.CreateBuilder<Signature>(count);
        while (!list.IsAtEnd)
        {
            signatures.Add(list.Signature("signatures"));
        }

        fields.End("signers");
        return fields.Failed ? null : new SignerSet(bitmap, signatures.MoveToImmutable());
    }

    internal void Write(RlpWriter writer)
    {
        int list = writer.BeginList();
        writer.Write(Scheme);
        writer.Write(Bitmap);
        int signatures = writer.BeginList();
        foreach (Signature signature in Signatures)
        {
            writer.Write(in signature);
        }

        writer.EndList(signatures);
        writer.EndList(list);
    }
}
