using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Transactions;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Settlement.Tests.Blobs;

public sealed class BlobFrameTests
{
    [Fact]
    public void What_goes_in_comes_out_for_any_length_and_any_signers() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(
            (from length in Gen.Frequency((3, Gen.Choose(0, 5_000)), (1, Gen.Choose(0, 780_000)))
             from signers in Gen.Choose(0, BlobAttestations.MaxCommittee)
             from seed in Gen.Choose(0, int.MaxValue)
             select (length, signers, seed)).ToArbitrary(),
            x =>
            {
                BlobFrame frame = Frame(x.length, x.signers, x.seed);
                if (!frame.Encode().TryGet(out ImmutableArray<Bytes> blobs, out BlobRefusal? reason))
                {
                    Assert.IsType<BlobRefusal.TooLarge>(reason);
                    Assert.True(x.length > BlobFrame.Capacity(BlobSidecar.MaxBlobs, x.signers));
                    return;
                }

                Assert.All(blobs, blob => Assert.True(Kzg.AreFieldElements(blob.Span)));
                Assert.Equal(new BlobResult<BlobFrame>.Ok(frame), BlobFrame.Decode(blobs));
            }));

    [Fact]
    public void A_full_frame_leaves_less_than_one_per_cent_of_each_blob()
    {
        Assert.True(BlobFrame.BlobCapacity >= 0.99 * Kzg.BlobLength, $"{BlobFrame.BlobCapacity}");
        for (int blobs = 1; blobs <= BlobSidecar.MaxBlobs; blobs++)
        {
            int usable = BlobFrame.Capacity(blobs, 33) + (33 * CompactSignature.Length);
            Assert.True(usable >= 0.99 * blobs * Kzg.BlobLength, $"{usable} of {blobs} blobs");
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 33)]
    [InlineData(3, 33)]
    [InlineData(6, 48)]
    [InlineData(6, 128)]
    public void The_capacity_is_reached_to_the_byte_and_one_byte_more_needs_another_blob(int blobs, int signers)
    {
        int capacity = BlobFrame.Capacity(blobs, signers);
        Assert.True(Frame(capacity, signers, 1).Encode(blobs).TryGet(out ImmutableArray<Bytes> full, out _));
        Assert.Equal(blobs, full.Length);
        Assert.Equal(new BlobResult<BlobFrame>.Ok(Frame(capacity, signers, 1)), BlobFrame.Decode(full));
        BlobResult<ImmutableArray<Bytes>> more = Frame(capacity + 1, signers, 1).Encode(blobs);
        Assert.Equal(new BlobResult<ImmutableArray<Bytes>>.Refused(new BlobRefusal.TooLarge(capacity + 1, capacity)), more);
    }

    [Fact]
    public void An_attestation_stands_where_the_contract_looks_for_it()
    {
        BlobFrame frame = Frame(100, 48, 7);
        Assert.True(frame.Encode().TryGet(out ImmutableArray<Bytes> blobs, out _));
        for (int place = 0; place < 48; place++)
        {
            (int first, int count) = BlobFrame.ElementsOfAttestation(place);
            byte[] area = [.. Enumerable.Range(first, count).SelectMany(element => blobs[0].Span.Slice((element * 32) + 1, 31).ToArray())];
            int offset = (place * 64) - ((first - 1) * 31);
            Assert.InRange(count, 3, 4);
            Assert.Equal(frame.Attestations.Signatures[place], CompactSignature.Read(area.AsSpan(offset)));
        }
    }

    [Fact]
    public void Mutated_blobs_give_a_frame_or_a_refusal_and_what_is_given_encodes_to_the_same_blobs()
    {
        Random random = new(42);
        for (int i = 0; i < 4_000; i++)
        {
            BlobFrame frame = Frame(random.Next(0, i % 50 == 0 ? 300_000 : 3_000), random.Next(0, 49), i);
            Assert.True(frame.Encode().TryGet(out ImmutableArray<Bytes> blobs, out _));
            byte[][] changed = [.. blobs.Select(blob => blob.ToArray())];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
            {
                byte[] blob = changed[random.Next(changed.Length)];
                int at = random.Next(3) == 0 ? random.Next(blob.Length) : random.Next(40);
                blob[at] ^= (byte)(1 << random.Next(8));
            }

            Bytes[] input = [.. changed.Select(blob => (Bytes)blob)];
            if (BlobFrame.Decode(input).TryGet(out BlobFrame? decoded, out BlobRefusal? reason))
            {
                Assert.True(decoded.Encode().TryGet(out ImmutableArray<Bytes> again, out _));
                Assert.Equal(input, again);
            }
            else
            {
                Assert.NotEmpty(reason.Message);
            }
        }
    }

    [Fact]
    public void Random_bytes_are_refused()
    {
        Random random = new(43);
        for (int i = 0; i < 500; i++)
        {
            byte[] blob = new byte[Kzg.BlobLength];
            random.NextBytes(blob);
            if (i % 2 == 0)
            {
                blob[0] = 0;
                blob[1] = 1;
                blob[3] = 1;
                blob[12] = 1;
                blob.AsSpan(13, 3).Clear();
            }

            Assert.IsType<BlobResult<BlobFrame>.Refused>(BlobFrame.Decode([blob]));
        }
    }

    [Fact]
    public void Each_defect_has_its_refusal()
    {
        Assert.True(Frame(200_000, 33, 3).Encode().TryGet(out ImmutableArray<Bytes> good, out _));
        Assert.Equal(2, good.Length);
        Assert.IsType<BlobRefusal.NotBlobs>(Refusal([]));
        Assert.IsType<BlobRefusal.NotBlobs>(Refusal([.. Enumerable.Repeat(good[0], 7)]));
        Assert.IsType<BlobRefusal.NotBlobs>(Refusal([good[0].ToArray()[1..], good[1]]));
        Assert.IsType<BlobRefusal.BadFrame>(Refusal([good[0]]));
        Assert.IsType<BlobRefusal.BadFrame>(Refusal([With(good[0], 1, 2), good[1]]));
        Assert.IsType<BlobRefusal.BadFrame>(Refusal([With(good[0], 0, 1), good[1]]));
        Assert.IsType<BlobRefusal.BadFrame>(Refusal([With(good[0], 12, 2), good[1]]));
        Assert.Equal(new BlobRefusal.StrayBits(0, 0), Refusal([With(good[0], 14, 1), good[1]]));
        Assert.IsType<BlobRefusal.TooLarge>(Refusal([With(good[0], 4, 1), good[1]]));
        Assert.IsType<BlobRefusal.TooLarge>(Refusal([With(good[0], 8, 1), good[1]]));
        Assert.Equal(new BlobRefusal.StrayBits(0, 5), Refusal([With(good[0], 5 * 32, 1), good[1]]));
        Assert.Equal(new BlobRefusal.StrayBits(1, 1), Refusal([good[0], With(good[1], 32, 0x40)]));
        Assert.Equal(new BlobRefusal.StrayBits(1, 4092), Refusal([good[0], With(good[1], Kzg.BlobLength - 1, 1)]));
        Assert.IsType<BlobRefusal.BadFrame>(Refusal([With(With(good[0], 5, 0), 6, 0), new byte[Kzg.BlobLength]]));
    }

    [Fact]
    public void Attestations_survive_as_a_certificate()
    {
        byte[] key = Support.TestRollup.Key("member");
        SigningContext context = new(1, default);
        CheckpointHeader header = new(1, default, 1, 1, default, default, default, default, default, 1, default, 1);
        Signature signature = Secp256k1.Sign(key, header.Hash);
        CheckpointCertificate certificate = new(
            context, 1, AttestationKind.Executed, header.Hash, SignerSet.Of([new(3, signature), new(77, signature), new(127, signature)]));
        BlobAttestations attestations = BlobAttestations.From(certificate);
        Assert.Equal((UInt128.One << 3) | (UInt128.One << 77) | (UInt128.One << 127), attestations.Signers);
        Assert.Equal(certificate, attestations.ToCertificate(context, header));
        BlobAttestations broken = attestations with { Signatures = attestations.Signatures.SetItem(1, default) };
        Assert.Null(broken.ToCertificate(context, header));
        CheckpointCertificate tooLarge = certificate with { Signers = SignerSet.Of([new(128, signature)]) };
        Assert.Throws<ArgumentException>(() => BlobAttestations.From(tooLarge));
    }

    private static BlobFrame Frame(int length, int signers, int seed)
    {
        Random random = new(seed);
        byte[] body = new byte[length];
        random.NextBytes(body);
        byte[] signatures = new byte[signers * CompactSignature.Length];
        random.NextBytes(signatures);
        UInt128 bitmap = 0;
        int[] members = [.. Enumerable.Range(0, BlobAttestations.MaxCommittee)];
        random.Shuffle(members);
        foreach (int member in members.AsSpan(0, signers))
        {
            bitmap |= UInt128.One << member;
        }

        ImmutableArray<CompactSignature> list = [.. Enumerable.Range(0, signers).Select(i => CompactSignature.Read(signatures.AsSpan(i * CompactSignature.Length)))];
        return new BlobFrame(new BlobAttestations((AttestationKind)random.Next(256), bitmap, list), body, length, BodyCompression.None);
    }

    private static Bytes With(Bytes blob, int at, byte value)
    {
        byte[] changed = blob.ToArray();
        changed[at] = value;
        return changed;
    }

    private static BlobRefusal Refusal(Bytes[] blobs) => Assert.IsType<BlobResult<BlobFrame>.Refused>(BlobFrame.Decode(blobs)).Reason;
}
