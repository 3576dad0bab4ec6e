using System.Buffers.Binary;
using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Transactions;

namespace Cloud.Settlement.Blobs;

/// <summary>What a checkpoint's blobs carry before it is decompressed: attestations, and a body as one stream over all blobs.</summary>
/// <remarks>
/// <para>Field element 0 of the first blob: a zero byte, the format's version, the attestations' kind, the number of blobs, the body's length in the blobs (4 bytes), its length
/// decompressed (4 bytes), how it is compressed, 3 zero bytes, the bitmap of signers (16 bytes, big-endian).</para>
/// <para>Then the attestations, 64 bytes each, as a stream with 31 bytes in each field element behind a zero byte: so the contract can prove one signature with three or
/// four openings.</para>
/// <para>Then the body: in each four field elements 4 times 31 bytes and 3 bytes in the spare bits of their first bytes, 254 bits of each element; the last elements of
/// a blob that make no four hold 31 bytes each. Whatever is left is zero.</para>
/// </remarks>
/// <param name="Attestations">The committee's signatures.</param>
/// <param name="Body">The body as it stands in the blobs.</param>
/// <param name="BodyLength">Its length decompressed, in bytes.</param>
/// <param name="Compression">How it is compressed.</param>
public sealed record BlobFrame(BlobAttestations Attestations, Bytes Body, int BodyLength, BodyCompression Compression)
{
    /// <summary>Version of the format; the contract knows it too.</summary>
    public const byte Version = 1;

    /// <summary>Largest body, decompressed. Bounds what a hostile frame can make a reader allocate.</summary>
    public const int MaxBodyLength = 16 << 20;

    private const int Elements = Kzg.FieldElementsPerBlob;
    private const int ElementLength = Kzg.FieldElementLength;
    private const int PlainBytes = ElementLength - 1;
    private const int Group = 4;
    private const int GroupBytes = (Group * PlainBytes) + 3;
    private const byte SpareMask = 0x3f;

    /// <summary>Bytes of a body that one blob after the first can hold.</summary>
    public static int BlobCapacity => RegionCapacity(Elements);

    /// <summary>Bytes of a body that so many blobs can hold.</summary>
    /// <param name="blobs">Number of blobs.</param>
    /// <param name="signatures">Number of attestations, which take their room in the first one.</param>
    /// <returns>Bytes.</returns>
    public static int Capacity(int blobs, int signatures) =>
        blobs < 1 ? 0 : RegionCapacity(Elements - FirstBodyElement(signatures)) + ((blobs - 1) * BlobCapacity);

    /// <summary>The field elements of the first blob that hold an attestation.</summary>
    /// <param name="place">The attestation's place in their order.</param>
    /// <returns>First element and number of elements.</returns>
    public static (int First, int Count) ElementsOfAttestation(int place)
    {
        int start = place * CompactSignature.Length;
        int first = start / PlainBytes;
        return (1 + first, ((start + CompactSignature.Length - 1) / PlainBytes) - first + 1);
    }

    /// <summary>Writes the blobs.</summary>
    /// <param name="maxBlobs">Most blobs, 1 to 6.</param>
    /// <returns>As few blobs as hold the body, or that there are not enough.</returns>
    public BlobResult<ImmutableArray<Bytes>> Encode(int maxBlobs = BlobSidecar.MaxBlobs)
    {
        int count = 1;
        while (Capacity(count, Attestations.Signatures.Length) < Body.Length)
        {
            count++;
        }

        if (count > maxBlobs)
        {
            return new BlobResult<ImmutableArray<Bytes>>.Refused(
                new BlobRefusal.TooLarge(Body.Length, Capacity(maxBlobs, Attestations.Signatures.Length)));
        }

        byte[][] blobs = new byte[count][];
        ReadOnlySpan<byte> rest = Body.Span;
        for (int i = 0; i < count; i++)
        {
            blobs[i] = new byte[Kzg.BlobLength];
            int first = 0;
            if (i == 0)
            {
                WriteHead(blobs[0], count);
                first = FirstBodyElement(Attestations.Signatures.Length);
            }

            Span<byte> region = blobs[i].AsSpan(first * ElementLength);
            int length = Math.Min(rest.Length, RegionCapacity(region.Length / ElementLength));
            WriteRegion(region, rest[..length]);
            rest = rest[length..];
        }

        return new BlobResult<ImmutableArray<Bytes>>.Ok([.. blobs.Select(blob => (Bytes)blob)]);
    }

    /// <summary>Reads blobs. Total: any bytes give a frame or a refusal.</summary>
    /// <param name="blobs">The blobs in their order.</param>
    /// <returns>The frame, or why there is none.</returns>
    public static BlobResult<BlobFrame> Decode(IReadOnlyList<Bytes> blobs)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        if (blobs.Count is < 1 or > BlobSidecar.MaxBlobs || blobs.Any(blob => blob.Length != Kzg.BlobLength))
        {
            return Refuse(new BlobRefusal.NotBlobs($"{blobs.Count} blobs; there are 1 to {BlobSidecar.MaxBlobs} of {Kzg.BlobLength} bytes each"));
        }

        ReadOnlySpan<byte> first = blobs[0].Span;
        BlobRefusal? refusal = ReadHead(first, out AttestationKind kind, out int count, out uint stored, out uint length, out BodyCompression compression, out UInt128 signers);
        if (refusal is not null)
        {
            return Refuse(refusal);
        }

        if (count != blobs.Count)
        {
            return Refuse(new BlobRefusal.BadFrame($"of {count} blobs, but there are {blobs.Count}"));
        }

        int signatures = (int)UInt128.PopCount(signers);
        int capacity = Capacity(count, signatures);
        if (stored > capacity)
        {
            return Refuse(new BlobRefusal.TooLarge(stored, capacity));
        }

        if (length > MaxBodyLength)
        {
            return Refuse(new BlobRefusal.TooLarge(length, MaxBodyLength));
        }

        if (count > 1 && stored <= Capacity(count - 1, signatures))
        {
            return Refuse(new BlobRefusal.BadFrame($"{stored} bytes do not need {count} blobs"));
        }

        int bodyElement = FirstBodyElement(signatures);
        byte[] area = new byte[(bodyElement - 1) * PlainBytes];
        for (int i = 1; i < bodyElement; i++)
        {
            if (first[i * ElementLength] != 0)
            {
                return Refuse(new BlobRefusal.StrayBits(0, i));
            }

            first.Slice((i * ElementLength) + 1, PlainBytes).CopyTo(area.AsSpan((i - 1) * PlainBytes));
        }

        if (area.AsSpan(signatures * CompactSignature.Length).ContainsAnyExcept((byte)0))
        {
            return Refuse(new BlobRefusal.StrayBits(0, bodyElement - 1));
        }

        ImmutableArray<CompactSignature>.Builder list = ImmutableArray.CreateBuilder<CompactSignature>(signatures);
        for (int i = 0; i < signatures; i++)
        {
            list.Add(CompactSignature.Read(area.AsSpan(i * CompactSignature.Length)));
        }

        byte[] body = new byte[stored];
        Span<byte> rest = body;
        for (int i = 0; i < count; i++)
        {
            int from = i == 0 ? bodyElement : 0;
            ReadOnlySpan<byte> region = blobs[i].Span[(from * ElementLength)..];
            int part = Math.Min(rest.Length, RegionCapacity(region.Length / ElementLength));
            int stray = ReadRegion(region, rest[..part]);
            if (stray >= 0)
            {
                return Refuse(new BlobRefusal.StrayBits(i, from + stray));
            }

            rest = rest[part..];
        }

        return new BlobResult<BlobFrame>.Ok(new BlobFrame(new BlobAttestations(kind, signers, list.MoveToImmutable()), body, (int)length, compression));
    }

    private static BlobResult<BlobFrame>.Refused Refuse(BlobRefusal reason) => new(reason);

    private static int FirstBodyElement(int signatures) => 1 + (((signatures * CompactSignature.Length) + PlainBytes - 1) / PlainBytes);

    private static int RegionCapacity(int elements) => (elements / Group * GroupBytes) + (elements % Group * PlainBytes);

    private static BlobRefusal? ReadHead(
        ReadOnlySpan<byte> blob, out AttestationKind kind, out int count, out uint stored, out uint length, out BodyCompression compression, out UInt128 signers)
    {
        kind = (AttestationKind)blob[2];
        count = blob[3];
        stored = BinaryPrimitives.ReadUInt32BigEndian(blob[4..]);
        length = BinaryPrimitives.ReadUInt32BigEndian(blob[8..]);
        compression = (BodyCompression)blob[12];
        signers = BinaryPrimitives.ReadUInt128BigEndian(blob[16..]);
        return blob[0] != 0 || blob[1] != Version ? new BlobRefusal.BadFrame($"version {(blob[0] << 8) | blob[1]}, only {Version} is known")
            : compression > BodyCompression.Brotli ? new BlobRefusal.BadFrame($"compression {blob[12]} is not known")
            : blob[13..16].ContainsAnyExcept((byte)0) ? new BlobRefusal.StrayBits(0, 0)
            : null;
    }

    private void WriteHead(Span<byte> blob, int count)
    {
        blob[1] = Version;
        blob[2] = (byte)Attestations.Kind;
        blob[3] = (byte)count;
        BinaryPrimitives.WriteUInt32BigEndian(blob[4..], (uint)Body.Length);
        BinaryPrimitives.WriteUInt32BigEndian(blob[8..], (uint)BodyLength);
        blob[12] = (byte)Compression;
        BinaryPrimitives.WriteUInt128BigEndian(blob[16..], Attestations.Signers);
        byte[] area = new byte[Attestations.Signatures.Length * CompactSignature.Length];
        for (int i = 0; i < Attestations.Signatures.Length; i++)
        {
            Attestations.Signatures[i].CopyTo(area.AsSpan(i * CompactSignature.Length));
        }

        for (int element = 1, at = 0; at < area.Length; element++, at += PlainBytes)
        {
            area.AsSpan(at, Math.Min(PlainBytes, area.Length - at)).CopyTo(blob[((element * ElementLength) + 1)..]);
        }
    }

    private static void WriteRegion(Span<byte> region, ReadOnlySpan<byte> data)
    {
        Span<byte> last = stackalloc byte[GroupBytes];
        for (; region.Length >= Group * ElementLength && !data.IsEmpty; region = region[(Group * ElementLength)..])
        {
            scoped ReadOnlySpan<byte> group = data;
            if (data.Length < GroupBytes)
            {
                last.Clear();
                data.CopyTo(last);
                group = last;
                data = default;
            }
            else
            {
                data = data[GroupBytes..];
            }

            for (int i = 0; i < Group; i++)
            {
                group.Slice(i * PlainBytes, PlainBytes).CopyTo(region[((i * ElementLength) + 1)..]);
            }

            (byte a, byte b, byte c) = (group[GroupBytes - 3], group[GroupBytes - 2], group[GroupBytes - 1]);
            region[0] = (byte)(a & SpareMask);
            region[ElementLength] = (byte)(b & SpareMask);
            region[2 * ElementLength] = (byte)(c & SpareMask);
            region[3 * ElementLength] = (byte)((a >> 6) | (b >> 6 << 2) | (c >> 6 << 4));
        }

        for (; !data.IsEmpty; region = region[ElementLength..])
        {
            int length = Math.Min(PlainBytes, data.Length);
            data[..length].CopyTo(region[1..]);
            data = data[length..];
        }
    }

    /// <summary>Reads a region and checks that what the data leaves is zero.</summary>
    /// <returns>-1, or the first field element with a bit too many.</returns>
    private static int ReadRegion(ReadOnlySpan<byte> region, Span<byte> data)
    {
        Span<byte> group = stackalloc byte[GroupBytes];
        int element = 0;
        for (; region.Length >= Group * ElementLength; region = region[(Group * ElementLength)..], element += Group)
        {
            for (int i = 0; i < Group; i++)
            {
                if ((region[i * ElementLength] & ~SpareMask) != 0)
                {
                    return element + i;
                }

                region.Slice((i * ElementLength) + 1, PlainBytes).CopyTo(group[(i * PlainBytes)..]);
            }

            byte high = region[3 * ElementLength];
            group[GroupBytes - 3] = (byte)(region[0] | (high << 6));
            group[GroupBytes - 2] = (byte)(region[ElementLength] | (high >> 2 << 6));
            group[GroupBytes - 1] = (byte)(region[2 * ElementLength] | (high >> 4 << 6));
            int length = Math.Min(GroupBytes, data.Length);
            group[..length].CopyTo(data);
            if (group[length..].ContainsAnyExcept((byte)0))
            {
                return element;
            }

            data = data[length..];
        }

        for (; !region.IsEmpty; region = region[ElementLength..], element++)
        {
            int length = Math.Min(PlainBytes, data.Length);
            if (region[0] != 0 || region[(1 + length)..ElementLength].ContainsAnyExcept((byte)0))
            {
                return element;
            }

            region.Slice(1, length).CopyTo(data);
            data = data[length..];
        }

        return -1;
    }
}
