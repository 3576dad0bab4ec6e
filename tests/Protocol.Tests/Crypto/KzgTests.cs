using Cloud.Protocol.Crypto;

namespace Cloud.Protocol.Tests.Crypto;

public sealed class KzgTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("preconf-kzg-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Proofs_of_random_blobs_verify_and_one_flipped_bit_does_not()
    {
        for (int seed = 0; seed < 3; seed++)
        {
            Committed random = new(seed);
            Assert.Equal(KzgFault.None, Kzg.VerifyBlob(random.Blob, random.Commitment, random.Proof));
            foreach (byte[] part in new[] { random.Blob, random.Commitment, random.Proof })
            {
                // The lowest bit of the last element or coordinate: still well-formed for a blob, and mostly not on the curve for a point.
                int[] places = [part.Length - 1, part.Length / 2, 8];
                foreach (int place in places)
                {
                    part[place] ^= 1;
                    Assert.NotEqual(KzgFault.None, Kzg.VerifyBlob(random.Blob, random.Commitment, random.Proof));
                    part[place] ^= 1;
                }
            }

            Assert.Equal(KzgFault.None, Kzg.VerifyBlob(random.Blob, random.Commitment, random.Proof));
        }
    }

    [Fact]
    public void A_wrong_but_well_formed_proof_is_told_from_a_malformed_one()
    {
        Committed one = new(1);
        Committed two = new(2);
        Assert.Equal(KzgFault.ProofMismatch, Kzg.VerifyBlob(one.Blob, one.Commitment, two.Proof));
        Assert.Equal(KzgFault.ProofMismatch, Kzg.VerifyBlob(two.Blob, one.Commitment, one.Proof));
        byte[] garbage = new byte[48];
        Assert.Equal(KzgFault.InvalidPoint, Kzg.VerifyBlob(one.Blob, one.Commitment, garbage));
        Assert.Equal(KzgFault.InvalidPoint, Kzg.VerifyBlob(one.Blob, garbage, one.Proof));
        Assert.Equal(KzgFault.InvalidPoint, Kzg.ProveBlob(one.Blob, garbage, new byte[48]));
    }

    [Fact]
    public void Bad_lengths_and_elements_are_refused()
    {
        Committed good = new(3);
        byte[] output = new byte[48];
        Assert.Equal(KzgFault.Length, Kzg.CommitToBlob(good.Blob.AsSpan(1), output));
        Assert.Equal(KzgFault.Length, Kzg.CommitToBlob(good.Blob, output.AsSpan(1)));
        Assert.Equal(KzgFault.Length, Kzg.VerifyBlob(good.Blob, good.Commitment.AsSpan(1), good.Proof));
        Assert.Equal(KzgFault.Length, Kzg.VerifyBlobs(good.Blob, good.Commitment, []));
        Assert.Equal(KzgFault.Length, Kzg.VerifyCells(good.Commitment, [0], good.Blob, good.Proof));
        Assert.Throws<ArgumentException>(() => Kzg.VersionedHash(output.AsSpan(1)));

        byte[] outOfRange = [.. good.Blob];
        Kzg.FieldModulus.CopyTo(outOfRange.AsSpan(32 * 77));
        Assert.Equal(KzgFault.FieldElementOutOfRange, Kzg.CommitToBlob(outOfRange, output));
        Assert.Equal(KzgFault.FieldElementOutOfRange, Kzg.VerifyBlob(outOfRange, good.Commitment, good.Proof));
        Assert.Equal(KzgFault.FieldElementOutOfRange, Kzg.ProvePoint(good.Blob, Kzg.FieldModulus, output, new byte[32]));
        Assert.Equal(KzgFault.FieldElementOutOfRange, Kzg.VerifyPoint(good.Commitment, Kzg.FieldModulus, new byte[32], good.Proof));

        outOfRange.AsSpan(32 * 77, 32)[31]--;
        Assert.Equal(KzgFault.None, Kzg.CommitToBlob(outOfRange, output));
    }

    [Fact]
    public void A_point_proof_evaluates_through_the_precompile()
    {
        Committed random = new(4);
        byte[] z = new byte[32];
        z[31] = 200;
        byte[] proof = new byte[48];
        byte[] y = new byte[32];
        Assert.Equal(KzgFault.None, Kzg.ProvePoint(random.Blob, z, proof, y));
        Assert.Equal(KzgFault.None, Kzg.VerifyPoint(random.Commitment, z, y, proof));

        byte[] input = [.. Kzg.VersionedHash(random.Commitment).ToArray(), .. z, .. y, .. random.Commitment, .. proof];
        Assert.Equal(1, input[0]);
        Assert.Equal(KzgFault.None, Kzg.EvaluatePoint(input));
        input[0] = 2;
        Assert.Equal(KzgFault.VersionedHashMismatch, Kzg.EvaluatePoint(input));
        input[0] = 1;
        input[95] ^= 1;
        Assert.Equal(KzgFault.ProofMismatch, Kzg.EvaluatePoint(input));
    }

    [Fact]
    public void A_batch_verifies_as_a_whole()
    {
        Committed[] all = [new(5), new(6), new(7)];
        byte[] blobs = [.. all.SelectMany(one => one.Blob)];
        byte[] commitments = [.. all.SelectMany(one => one.Commitment)];
        byte[] proofs = [.. all.SelectMany(one => one.Proof)];
        Assert.Equal(KzgFault.None, Kzg.VerifyBlobs(blobs, commitments, proofs));
        Assert.Equal(KzgFault.None, Kzg.VerifyBlobs([], [], []));
        blobs[^1] ^= 1;
        Assert.Equal(KzgFault.ProofMismatch, Kzg.VerifyBlobs(blobs, commitments, proofs));
    }

    [Fact]
    public void Cells_verify_recover_and_one_flipped_bit_does_not()
    {
        Committed random = new(8);
        byte[] cells = new byte[Kzg.CellsPerExtendedBlob * Kzg.CellLength];
        byte[] proofs = new byte[Kzg.CellsPerExtendedBlob * Kzg.ProofLength];
        Assert.Equal(KzgFault.None, Kzg.ProveCells(random.Blob, cells, proofs));
        Assert.Equal(random.Blob, cells[..Kzg.BlobLength]);

        ulong[] indices = [.. Enumerable.Range(0, Kzg.CellsPerExtendedBlob).Select(i => (ulong)i)];
        byte[] commitments = [.. indices.SelectMany(_ => random.Commitment)];
        Assert.Equal(KzgFault.None, Kzg.VerifyCells(commitments, indices, cells, proofs));
        Assert.Equal(KzgFault.None, Kzg.VerifyCells([], [], [], []));
        foreach (byte[] part in new[] { cells, commitments, proofs })
        {
            part[^1] ^= 1;
            Assert.NotEqual(KzgFault.None, Kzg.VerifyCells(commitments, indices, cells, proofs));
            part[^1] ^= 1;
        }

        (indices[3], indices[4]) = (indices[4], indices[3]);
        Assert.Equal(KzgFault.ProofMismatch, Kzg.VerifyCells(commitments, indices, cells, proofs));
        indices[3] = 128;
        Assert.Equal(KzgFault.CellIndexOutOfRange, Kzg.VerifyCells(commitments, indices, cells, proofs));

        ulong[] odd = [.. Enumerable.Range(0, 64).Select(i => (ulong)((2 * i) + 1))];
        byte[] half = [.. odd.SelectMany(i => cells.AsSpan((int)i * Kzg.CellLength, Kzg.CellLength).ToArray())];
        byte[] recoveredCells = new byte[cells.Length];
        byte[] recoveredProofs = new byte[proofs.Length];
        Assert.Equal(KzgFault.None, Kzg.RecoverCells(odd, half, recoveredCells, recoveredProofs));
        Assert.Equal(cells, recoveredCells);
        Assert.Equal(proofs, recoveredProofs);
        Assert.Equal(KzgFault.TooFewCells, Kzg.RecoverCells(odd.AsSpan(1), half.AsSpan(Kzg.CellLength), recoveredCells, recoveredProofs));
        (odd[3], odd[4]) = (odd[4], odd[3]);
        Assert.Equal(KzgFault.CellIndexOutOfRange, Kzg.RecoverCells(odd, half, recoveredCells, recoveredProofs));
    }

    [Fact]
    public void Verification_allocates_no_managed_memory()
    {
        Committed random = new(9);
        byte[] commitment = new byte[48];
        Allocations.AssertNone(() =>
        {
            _ = Kzg.VerifyBlob(random.Blob, random.Commitment, random.Proof);
            _ = Kzg.CommitToBlob(random.Blob, commitment);
            _ = Kzg.VersionedHash(commitment);
        });
        Assert.Equal(random.Commitment, commitment);
    }

    [Fact]
    public async Task Threads_share_the_trusted_set_up()
    {
        Task[] workers = new Task[4];
        for (int worker = 0; worker < workers.Length; worker++)
        {
            int seed = 20 + worker;
            workers[worker] = Task.Run(
                () =>
                {
                    Committed random = new(seed);
                    Assert.Equal(KzgFault.None, Kzg.VerifyBlob(random.Blob, random.Commitment, random.Proof));
                },
                TestContext.Current.CancellationToken);
        }

        await Task.WhenAll(workers);
    }

    [Theory]
    [InlineData(0, "does not start with the counts")]
    [InlineData(5000, "cut short or not hex")]
    public void A_trusted_set_up_that_is_cut_short_is_named(int length, string reason)
    {
        string good = NativeLibraries.TrustedSetupFile.Find(NativeLibraryFile.Folders());
        string path = Path.Combine(_folder, "trusted_setup.txt");
        File.WriteAllBytes(path, File.ReadAllBytes(good)[..length]);
        NativeLibraryMissingException missing = Assert.Throws<NativeLibraryMissingException>(() => Kzg.Load(path, 0));
        Assert.Contains(path, missing.Message, StringComparison.Ordinal);
        Assert.Contains(reason, missing.Message, StringComparison.Ordinal);
        Assert.Contains("native/build.sh", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trusted_set_up_with_a_wrong_point_is_named()
    {
        Kzg.EnsureLoaded();
        byte[] content = File.ReadAllBytes(NativeLibraries.TrustedSetupFile.Find(NativeLibraryFile.Folders()));
        content[^10] = content[^10] == (byte)'0' ? (byte)'1' : (byte)'0';
        string path = Path.Combine(_folder, "trusted_setup.txt");
        File.WriteAllBytes(path, content);
        NativeLibraryMissingException missing = Assert.Throws<NativeLibraryMissingException>(() => Kzg.Load(path, 0));
        Assert.Contains("its points are not", missing.Message, StringComparison.Ordinal);
    }

    private sealed class Committed
    {
        public Committed(int seed)
        {
            new Random(seed).NextBytes(Blob);
            for (int i = 0; i < Blob.Length; i += Kzg.FieldElementLength)
            {
                Blob[i] &= 0x3F;
            }

            Assert.Equal(KzgFault.None, Kzg.CommitToBlob(Blob, Commitment));
            Assert.Equal(KzgFault.None, Kzg.ProveBlob(Blob, Commitment, Proof));
        }

        public byte[] Blob { get; } = new byte[Kzg.BlobLength];

        public byte[] Commitment { get; } = new byte[Kzg.CommitmentLength];

        public byte[] Proof { get; } = new byte[Kzg.ProofLength];
    }
}
