using System.Buffers.Binary;
using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;

namespace Cloud.Settlement.Blobs;

/// <summary>Judges the attestations in a checkpoint's first blob exactly as the contract does, before anything else in the blobs is looked at.</summary>
public static class AttestationCheck
{
    /// <summary>Finds what is wrong.</summary>
    /// <param name="domains">The rollup.</param>
    /// <param name="committee">The committee of the slot's epoch.</param>
    /// <param name="checkpoint">The checkpoint as L1 has it.</param>
    /// <param name="blob">Its first blob, verified against its versioned hash.</param>
    /// <returns>The first fault; null where a quorum has signed and every signature is good.</returns>
    public static AttestationFault? Find(SigningDomains domains, Committee committee, CheckpointRecord checkpoint, ReadOnlySpan<byte> blob)
    {
        ArgumentNullException.ThrowIfNull(domains);
        ArgumentNullException.ThrowIfNull(committee);
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentOutOfRangeException.ThrowIfNotEqual(blob.Length, Kzg.BlobLength, nameof(blob));
        UInt128 signers = BinaryPrimitives.ReadUInt128BigEndian(blob[16..]);
        if (blob[0] != 0 || blob[1] != BlobFrame.Version || blob[2] != (byte)AttestationKind.Executed
            || (committee.Size < BlobAttestations.MaxCommittee && signers >> committee.Size != 0))
        {
            return new AttestationFault.MalformedFrame();
        }

        int count = (int)UInt128.PopCount(signers);
        if (count < committee.Quorum)
        {
            return new AttestationFault.TooFew(count, committee.Quorum);
        }

        Hash256 digest = domains.Digest(new Statement(Duty.CheckpointAttestation(checkpoint.Slot, AttestationKind.Executed), checkpoint.PayloadHash));
        Span<byte> area = stackalloc byte[4 * Kzg.FieldElementLength];
        for (int place = 0; place < count; place++, signers &= signers - 1)
        {
            int member = (int)UInt128.TrailingZeroCount(signers);
            (int first, int elements) = BlobFrame.ElementsOfAttestation(place);
            bool stray = false;
            for (int i = 0; i < elements; i++)
            {
                ReadOnlySpan<byte> element = blob.Slice((first + i) * Kzg.FieldElementLength, Kzg.FieldElementLength);
                stray |= element[0] != 0;
                element[1..].CopyTo(area[(i * (Kzg.FieldElementLength - 1))..]);
            }

            int offset = (place * CompactSignature.Length) - ((first - 1) * (Kzg.FieldElementLength - 1));
            Signature signature = CompactSignature.Read(area[offset..]).Expand();
            if (stray || !Secp256k1.TryRecover(digest, signature, out Address signer) || signer != committee.Members[member])
            {
                return new AttestationFault.BadSignature(member, place);
            }
        }

        return null;
    }

    /// <summary>Builds what the contract wants to see.</summary>
    /// <param name="fault">The fault that was found.</param>
    /// <param name="number">The checkpoint's number.</param>
    /// <param name="checkpoint">The checkpoint as L1 has it.</param>
    /// <param name="parent">The one below it.</param>
    /// <param name="blobHashes">Versioned hashes of its blobs.</param>
    /// <param name="committee">The committee of the slot's epoch.</param>
    /// <param name="blob">Its first blob.</param>
    /// <returns>The accusation.</returns>
    public static Accusation Accuse(
        AttestationFault fault,
        ulong number,
        CheckpointRecord checkpoint,
        CheckpointRecord parent,
        ImmutableArray<Hash256> blobHashes,
        Committee committee,
        ReadOnlySpan<byte> blob)
    {
        ImmutableArray<(Hash256, Bytes)>.Builder openings = ImmutableArray.CreateBuilder<(Hash256, Bytes)>();
        openings.Add(BlobOpening.Open(blob, 0));
        int member = 0;
        if (fault is AttestationFault.BadSignature bad)
        {
            member = bad.Member;
            (int first, int count) = BlobFrame.ElementsOfAttestation(bad.Place);
            for (int i = 0; i < count; i++)
            {
                openings.Add(BlobOpening.Open(blob, first + i));
            }
        }

        byte[] commitment = new byte[Kzg.CommitmentLength];
        KzgFault committed = Kzg.CommitToBlob(blob, commitment);
        return committed == KzgFault.None
            ? new Accusation(number, checkpoint, parent, blobHashes, committee, commitment, (ulong)member, openings.ToImmutable())
            : throw new ArgumentException($"The bytes are no blob: {committed}.", nameof(blob));
    }
}
