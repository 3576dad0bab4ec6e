using System.Collections.Immutable;
using System.IO.Compression;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.Transactions;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Settlement.Tests.Blobs;

public sealed class CheckpointDataTests(ITestOutputHelper output)
{
    private static readonly BlobAttestations Nobody = new(AttestationKind.Executed, 0, []);

    [Fact]
    public void A_checkpoint_survives_blobs() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(
            (from chunks in Gen.Choose(1, 12)
             from transactions in Gen.Choose(0, 40)
             from seed in Gen.Choose(0, int.MaxValue)
             select (chunks, transactions, seed)).ToArbitrary(),
            x =>
            {
                CheckpointData data = Sample(x.chunks, x.transactions, x.seed);
                Assert.Null(data.Check());
                Assert.True(data.ToFrame(Nobody).Encode().TryGet(out ImmutableArray<Bytes> blobs, out _));
                Assert.True(BlobFrame.Decode(blobs).TryGet(out BlobFrame? frame, out _));
                Assert.Equal(new BlobResult<CheckpointData>.Ok(data), CheckpointData.FromFrame(frame));
            }));

    [Fact]
    public void Mutated_bodies_give_consistent_data_or_a_refusal()
    {
        Random random = new(5);
        byte[] good = Sample(4, 6, 1).Encode();
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] body = [.. good];
            for (int flips = random.Next(1, 3); flips > 0; flips--)
            {
                body[random.Next(body.Length)] ^= (byte)(1 << random.Next(8));
            }

            body = random.Next(10) == 0 ? body[..random.Next(body.Length)] : body;
            if (CheckpointData.Decode(body).TryGet(out CheckpointData? data, out BlobRefusal? reason))
            {
                Assert.Equal(body, data.Encode());
            }
            else
            {
                Assert.NotEmpty(reason.Message);
                refused++;
            }
        }

        // Every bit is covered by the header's hashes, apart from the header itself.
        Assert.True(refused > 18_000, $"{refused}");
    }

    [Fact]
    public void Chunks_that_are_not_the_header_s_are_refused()
    {
        CheckpointData good = Sample(3, 2, 1);
        ChunkData last = good.Chunks[2];
        CheckpointData[] bad =
        [
            good with { Chunks = good.Chunks.RemoveAt(2) },
            good with { Chunks = [good.Chunks[1], good.Chunks[0], last] },
            good with { Chunks = good.Chunks.SetItem(2, last with { Transactions = last.Transactions.RemoveAt(0) }) },
            good with { Chunks = good.Chunks.SetItem(2, Sample(3, 2, 2).Chunks[2]) },
            good with { Header = Sample(3, 2, 3).Header },
        ];
        foreach (CheckpointData data in bad)
        {
            Assert.IsType<BlobRefusal.Inconsistent>(data.Check());
        }
    }

    [Fact]
    public void A_decompression_bomb_is_cut_off_at_the_declared_length_which_has_a_limit()
    {
        byte[] zeros = new byte[64 << 20];
        byte[] bomb = new byte[1 << 16];
        Assert.True(BrotliEncoder.TryCompress(zeros, bomb, out int length, 11, 24));
        Bytes body = bomb[..length];
        Assert.IsType<BlobRefusal.BadCompression>(Refusal(new BlobFrame(Nobody, body, 1000, BodyCompression.Brotli)));
        Assert.IsType<BlobRefusal.BadCompression>(Refusal(new BlobFrame(Nobody, body, BlobFrame.MaxBodyLength, BodyCompression.Brotli)));
        Assert.IsType<BlobRefusal.TooLarge>(Refusal(new BlobFrame(Nobody, body, BlobFrame.MaxBodyLength + 1, BodyCompression.Brotli)));
        Assert.IsType<BlobRefusal.BadCompression>(Refusal(new BlobFrame(Nobody, new byte[100], 100, BodyCompression.Brotli)));
        Assert.IsType<BlobRefusal.BadCompression>(Refusal(new BlobFrame(Nobody, new byte[100], 99, BodyCompression.None)));
        Assert.IsType<BlobRefusal.BadBody>(Refusal(new BlobFrame(Nobody, new byte[100], 100, BodyCompression.None)));
    }

    [Fact]
    public void Under_load_all_blobs_but_the_last_are_full()
    {
        // 6 chunks with 400 transfers each, whose signatures do not compress.
        CheckpointData data = Sample(6, 400, 9);
        BlobFrame frame = data.ToFrame(Nobody);
        Assert.True(frame.Encode().TryGet(out ImmutableArray<Bytes> blobs, out _));
        Assert.True(blobs.Length >= 2, $"{blobs.Length}");
        int before = BlobFrame.Capacity(blobs.Length - 1, 0);
        double fill = (double)before / ((blobs.Length - 1) * Kzg.BlobLength);
        output.WriteLine($"{data.Encode().Length} bytes, {frame.Body.Length} compressed, {blobs.Length} blobs, fill of all but the last {fill:P2}");
        Assert.True(frame.Body.Length > before);
        Assert.True(fill >= 0.97);
    }

    [Fact]
    public void A_sidecar_holds_verified_proofs_and_refuses_what_is_no_blob()
    {
        Assert.True(Sample(2, 3, 4).ToFrame(Nobody).Encode().TryGet(out ImmutableArray<Bytes> blobs, out _));
        BlobSidecar sidecar = BlobSidecarBuilder.Build(blobs);
        Assert.Equal((1, 1, 1, 1), (sidecar.Blobs.Length, sidecar.Commitments.Length, sidecar.CellProofs.Length, sidecar.VersionedHashes.Length));
        Assert.Equal(Kzg.VersionedHash(sidecar.Commitments[0].Span), sidecar.VersionedHashes[0]);
        Assert.Throws<ArgumentException>(() => BlobSidecarBuilder.Build([]));
        Assert.ThrowsAny<Exception>(() => BlobSidecarBuilder.Build([new byte[10]]));
        byte[] high = new byte[Kzg.BlobLength];
        high.AsSpan(0, 32).Fill(0xff);
        Assert.ThrowsAny<Exception>(() => BlobSidecarBuilder.Build([high]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3000)]
    [InlineData(4095)]
    public void An_opening_verifies_at_its_field_element_and_nowhere_else(int element)
    {
        byte[] blob = Support.Sidecars.One.Blobs[0].ToArray();
        for (int i = 0; i < Kzg.FieldElementsPerBlob; i++)
        {
            blob[(i * 32) + 30] = (byte)(i >> 8);
            blob[(i * 32) + 31] = (byte)i;
        }

        byte[] commitment = new byte[Kzg.CommitmentLength];
        Assert.Equal(KzgFault.None, Kzg.CommitToBlob(blob, commitment));
        (Hash256 value, Bytes proof) = BlobOpening.Open(blob, element);
        Assert.Equal(blob.AsSpan(element * 32, 32).ToArray(), value.ToArray());
        Hash256 point = BlobOpening.PointOf(element);
        Hash256 elsewhere = BlobOpening.PointOf((element + 1) % Kzg.FieldElementsPerBlob);
        Assert.Equal(KzgFault.None, Kzg.VerifyPoint(commitment, Hash256.AsSpan(in point), value.ToArray(), proof.Span));
        Assert.NotEqual(KzgFault.None, Kzg.VerifyPoint(commitment, Hash256.AsSpan(in elsewhere), value.ToArray(), proof.Span));
    }

    private static BlobRefusal Refusal(BlobFrame frame) => Assert.IsType<BlobResult<CheckpointData>.Refused>(CheckpointData.FromFrame(frame)).Reason;

    /// <summary>Blocks with transactions as long as a transfer, most bytes of them random as signatures are.</summary>
    private static CheckpointData Sample(int chunks, int transactions, int seed)
    {
        Random random = new(seed);
        Hash256 inHash = Random(random);
        Address producer = new(Random(random).ToArray().AsSpan(12));
        Hash256 parent = Random(random);
        ImmutableArray<ChunkData>.Builder list = ImmutableArray.CreateBuilder<ChunkData>();
        for (int i = 0; i < chunks; i++)
        {
            ImmutableArray<Bytes>.Builder bodies = ImmutableArray.CreateBuilder<Bytes>();
            for (int j = 0; j < transactions; j++)
            {
                byte[] body = new byte[110 + random.Next(60)];
                random.NextBytes(body.AsSpan(30));
                bodies.Add(body);
            }

            BlockHeader block = new()
            {
                ParentHash = parent,
                FeeRecipient = producer,
                StateRoot = Random(random),
                Number = 100 + (ulong)i,
                GasLimit = 30_000_000,
                GasUsed = 21_000,
                Timestamp = 1_700_000_000 + (ulong)i,
                BaseFeePerGas = 1_000_000UL,
            };
            parent = block.ComputeHash();
            list.Add(new ChunkData(
                new ChunkHeader(7, producer, (uint)i, i == chunks - 1, inHash, block, [.. bodies.Select(body => Keccak256.Hash(body.Span))]), bodies.ToImmutable()));
        }

        BlockHeader last = list[^1].Header.Block;
        CheckpointHeader header = new(
            7,
            Random(random),
            100,
            (uint)chunks,
            CheckpointHeader.HashOfChunks([.. list.Select(chunk => chunk.Header.Hash)]),
            parent,
            last.StateRoot,
            inHash,
            default,
            1_700_000_000,
            producer,
            21_000);
        return new CheckpointData(header, list.ToImmutable());
    }

    private static Hash256 Random(Random random)
    {
        byte[] bytes = new byte[Hash256.Length];
        random.NextBytes(bytes);
        return new Hash256(bytes);
    }
}
