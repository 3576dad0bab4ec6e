using System.Security.Cryptography;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Bench.Crypto;

/// <summary>Hashing, signatures, KZG and BLS12-381, on one core. Keccak's peer is OpenSSL's SHA3-256: the same permutation and rate, another padding.</summary>
public sealed class CryptoSubject : ISubject
{
    public string Name => "crypto";

    public string Summary => "hashing, signatures, KZG, BLS12-381";

    public IReadOnlyList<Type> PreciseBenchmarks => [typeof(CryptoBenchmarks)];

    public Task RunAsync(BenchRun bench, CancellationToken cancellation)
    {
        Action<BenchRun>[] groups = [MeasureKeccak, MeasureSignatures, MeasureKzg, MeasureBls12381, MeasureBlsSignatures];
        foreach (Action<BenchRun> group in groups)
        {
            cancellation.ThrowIfCancellationRequested();
            group(bench);
        }

        return Task.CompletedTask;
    }

    private static void MeasureKeccak(BenchRun bench)
    {
        byte[] digest = new byte[32];
        foreach ((int length, string text) in new[] { (32, "32 B"), (136, "136 B"), (1024, "1 KiB"), (1 << 20, "1 MiB") })
        {
            byte[] message = RandomNumberGenerator.GetBytes(length);
            Action? peer = SHA3_256.IsSupported ? () => SHA3_256.HashData(message, digest) : null;
            bench.Rate($"keccak256 {text}", "MB/s", () => Keccak256.Hash(message, digest), peer, length / 1e6);
        }
    }

    private static void MeasureSignatures(BenchRun bench)
    {
        byte[] key = Keccak256.Hash("key"u8).ToArray();
        Hash256 digest = Keccak256.Hash("message"u8);
        Signature signature = Secp256k1.Sign(key, digest);
        bench.Rate("secp256k1 recover", "1/s", () => Secp256k1.TryRecover(digest, signature, out _));
        bench.Rate("secp256k1 sign", "1/s", () => Secp256k1.Sign(key, digest));
        bench.Rate("secp256k1 address of private key", "1/s", () => Secp256k1.TryGetAddress(key, out _));

        using ECDsa p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] hash = digest.ToArray();
        ECPoint q = p256.ExportParameters(false).Q;
        byte[] input = [.. hash, .. p256.SignHash(hash), .. q.X!, .. q.Y!];
        bench.Rate("secp256r1 verify", "1/s", () => Secp256r1.Verify(input));
    }

    private static void MeasureKzg(BenchRun bench)
    {
        const int Batch = 6;
        byte[] blobs = RandomBlobs(Batch);
        byte[] commitments = new byte[Batch * Kzg.CommitmentLength];
        byte[] proofs = new byte[Batch * Kzg.ProofLength];
        for (int i = 0; i < Batch; i++)
        {
            ReadOnlySpan<byte> one = blobs.AsSpan(i * Kzg.BlobLength, Kzg.BlobLength);
            Span<byte> commitmentOfOne = commitments.AsSpan(i * Kzg.CommitmentLength, Kzg.CommitmentLength);
            Require(Kzg.CommitToBlob(one, commitmentOfOne));
            Require(Kzg.ProveBlob(one, commitmentOfOne, proofs.AsSpan(i * Kzg.ProofLength, Kzg.ProofLength)));
        }

        byte[] blob = blobs[..Kzg.BlobLength];
        byte[] commitment = commitments[..Kzg.CommitmentLength];
        byte[] proof = proofs[..Kzg.ProofLength];
        byte[] output = new byte[Kzg.CommitmentLength];
        bench.Rate("kzg commit to blob", "1/s", () => Require(Kzg.CommitToBlob(blob, output)));
        bench.Rate("kzg blob proof", "1/s", () => Require(Kzg.ProveBlob(blob, commitment, output)));
        bench.Rate("kzg verify blob", "1/s", () => Require(Kzg.VerifyBlob(blob, commitment, proof)));
        bench.Rate($"kzg verify {Batch} blobs at once", "blobs/s", () => Require(Kzg.VerifyBlobs(blobs, commitments, proofs)), scale: Batch);

        byte[] z = new byte[32];
        byte[] y = new byte[32];
        byte[] pointProof = new byte[Kzg.ProofLength];
        Require(Kzg.ProvePoint(blob, z, pointProof, y));
        bench.Rate("kzg verify point", "1/s", () => Require(Kzg.VerifyPoint(commitment, z, y, pointProof)));

        byte[] cells = new byte[Kzg.CellsPerExtendedBlob * Kzg.CellLength];
        byte[] cellProofs = new byte[Kzg.CellsPerExtendedBlob * Kzg.ProofLength];
        bench.Rate("kzg 128 cells with proofs", "blobs/s", () => Require(Kzg.ProveCells(blob, cells, cellProofs)));
        ulong[] indices = [.. Enumerable.Range(0, Kzg.CellsPerExtendedBlob).Select(i => (ulong)i)];
        byte[] cellCommitments = [.. indices.SelectMany(_ => commitment)];
        bench.Rate("kzg verify 128 cells", "blobs/s", () => Require(Kzg.VerifyCells(cellCommitments, indices, cells, cellProofs)));
    }

    private static void MeasureBls12381(BenchRun bench)
    {
        byte[] element = new byte[64];
        byte[] g1 = new byte[Bls12381.G1Length];
        byte[] g2 = new byte[Bls12381.G2Length];
        byte[] output = new byte[Bls12381.G2Length];
        Require(Bls12381.MapFieldElementToG1(element, g1));
        Require(Bls12381.MapFieldElementToG2(new byte[128], g2));
        byte[] twoG1 = [.. g1, .. g1];
        byte[] twoG2 = [.. g2, .. g2];
        bench.Rate("bls12-381 G1 add", "1/s", () => Require(Bls12381.AddG1(twoG1, output)));
        bench.Rate("bls12-381 G2 add", "1/s", () => Require(Bls12381.AddG2(twoG2, output)));
        foreach (int terms in new[] { 1, 128 })
        {
            byte[] g1Terms = [.. Enumerable.Range(0, terms).SelectMany(_ => (byte[])[.. g1, .. RandomNumberGenerator.GetBytes(32)])];
            byte[] g2Terms = [.. Enumerable.Range(0, terms).SelectMany(_ => (byte[])[.. g2, .. RandomNumberGenerator.GetBytes(32)])];
            bench.Rate($"bls12-381 G1 MSM of {terms}", "1/s", () => Require(Bls12381.MultiplyG1(g1Terms, output)));
            bench.Rate($"bls12-381 G2 MSM of {terms}", "1/s", () => Require(Bls12381.MultiplyG2(g2Terms, output)));
        }

        byte[] pairs = [.. g1, .. g2, .. g1, .. g2];
        bench.Rate("bls12-381 pairing check of 2", "1/s", () => Require(Bls12381.CheckPairing(pairs, out _)));
        bench.Rate("bls12-381 map to G1", "1/s", () => Require(Bls12381.MapFieldElementToG1(element, output)));
    }

    private static void MeasureBlsSignatures(BenchRun bench)
    {
        const int Committee = 48;
        byte[] message = Keccak256.Hash("chunk"u8).ToArray();
        byte[] secret = new byte[32];
        BlsPublicKey[] keys = new BlsPublicKey[Committee];
        byte[] signatures = new byte[Committee * BlsSignatures.SignatureLength];
        for (int i = 0; i < Committee; i++)
        {
            Require(BlsSignatures.DeriveSecretKey(RandomNumberGenerator.GetBytes(32), secret));
            Require(BlsSignatures.GetPublicKey(secret, out keys[i]));
            Require(BlsSignatures.Sign(secret, message, signatures.AsSpan(i * BlsSignatures.SignatureLength, BlsSignatures.SignatureLength)));
        }

        byte[] aggregate = new byte[BlsSignatures.SignatureLength];
        byte[] signature = signatures[^BlsSignatures.SignatureLength..];
        bench.Rate("bls sign", "1/s", () => Require(BlsSignatures.Sign(secret, message, aggregate)));
        bench.Rate("bls verify", "1/s", () => Require(BlsSignatures.Verify(keys[^1], message, signature)));
        bench.Rate($"bls aggregate {Committee} signatures", "1/s", () => Require(BlsSignatures.Aggregate(signatures, aggregate)));
        bench.Rate($"bls verify aggregate of {Committee}", "1/s", () => Require(BlsSignatures.FastAggregateVerify(keys, message, aggregate)));
    }

    private static byte[] RandomBlobs(int count)
    {
        byte[] blobs = RandomNumberGenerator.GetBytes(count * Kzg.BlobLength);
        for (int i = 0; i < blobs.Length; i += Kzg.FieldElementLength)
        {
            blobs[i] &= 0x3F;
        }

        return blobs;
    }

    // A benchmark of something that fails would measure nothing.
    private static void Require<TFault>(TFault fault)
        where TFault : struct, Enum
    {
        if (!EqualityComparer<TFault>.Default.Equals(fault, default))
        {
            throw new InvalidOperationException($"The measured operation failed: {fault}.");
        }
    }
}
