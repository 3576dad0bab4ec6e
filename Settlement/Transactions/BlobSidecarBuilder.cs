using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Work;

namespace Cloud.Settlement.Transactions;

/// <summary>Computes commitments and cell proofs of blobs.</summary>
public static class BlobSidecarBuilder
{
    /// <summary>Commits to blobs, proves their cells and verifies both, several blobs at a time.</summary>
    /// <param name="blobs">1 to 6 blobs.</param>
    /// <param name="parallelism">How many blobs at a time.</param>
    /// <returns>The sidecar.</returns>
    /// <exception cref="ArgumentException">No blobs, too many, or bytes that are no blob.</exception>
    /// <exception cref="InvalidOperationException">A proof did not verify: the library or the machine is broken, and nothing may be sent.</exception>
    public static BlobSidecar Build(IReadOnlyList<Bytes> blobs, int parallelism = 2)
    {
        RequireCount(blobs);
        Proven[] proven = new Proven[blobs.Count];
        Parallel.For(0, blobs.Count, new ParallelOptions { MaxDegreeOfParallelism = parallelism }, i => proven[i] = Prove(blobs[i], i));
        return Assemble(blobs, proven);
    }

    /// <summary>As <see cref="Build"/>, in the background: about a third of a second for each blob, several at a time on a large machine.</summary>
    /// <param name="blobs">1 to 6 blobs.</param>
    /// <param name="cancellationToken">Gives up between two blobs.</param>
    /// <returns>The sidecar, or what <see cref="Build"/> throws.</returns>
    public static async Task<BlobSidecar> BuildAsync(IReadOnlyList<Bytes> blobs, CancellationToken cancellationToken = default)
    {
        RequireCount(blobs);
        Proven[] proven = new Proven[blobs.Count];
        await Parallel.ForAsync(0, blobs.Count, new ParallelOptions { MaxDegreeOfParallelism = BackgroundWork.Share, CancellationToken = cancellationToken }, async (i, token) =>
            proven[i] = await BackgroundWork.RunAsync(() => Prove(blobs[i], i), token).ConfigureAwait(false)).ConfigureAwait(false);
        return Assemble(blobs, proven);
    }

    private static void RequireCount(IReadOnlyList<Bytes> blobs)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        if (blobs.Count is < 1 or > BlobSidecar.MaxBlobs)
        {
            throw new ArgumentException($"A transaction has 1 to {BlobSidecar.MaxBlobs} blobs, not {blobs.Count}.", nameof(blobs));
        }
    }

    private static Proven Prove(Bytes blob, int index)
    {
        byte[] commitment = new byte[Kzg.CommitmentLength];
        byte[] proofs = new byte[BlobSidecar.ProofsPerBlob * Kzg.ProofLength];
        byte[] cells = new byte[Kzg.CellsPerExtendedBlob * Kzg.CellLength];
        Require(Kzg.CommitToBlob(blob.Span, commitment), index);
        Require(Kzg.ProveCells(blob.Span, cells, proofs), index);
        Verify(commitment, cells, proofs);
        return new Proven(commitment, proofs, Kzg.VersionedHash(commitment));
    }

    private static BlobSidecar Assemble(IReadOnlyList<Bytes> blobs, Proven[] proven) =>
        new([.. blobs], [.. proven.Select(one => (Bytes)one.Commitment)], [.. proven.Select(one => (Bytes)one.Proofs)], [.. proven.Select(one => one.Hash)]);

    private static void Verify(byte[] commitment, byte[] cells, byte[] proofs)
    {
        byte[] commitments = new byte[Kzg.CellsPerExtendedBlob * Kzg.CommitmentLength];
        ulong[] indices = new ulong[Kzg.CellsPerExtendedBlob];
        for (int i = 0; i < indices.Length; i++)
        {
            commitment.CopyTo(commitments, i * Kzg.CommitmentLength);
            indices[i] = (ulong)i;
        }

        if (Kzg.VerifyCells(commitments, indices, cells, proofs) != KzgFault.None)
        {
            throw new InvalidOperationException("The cell proofs of a blob do not verify; the native KZG library or this machine's memory is broken.");
        }
    }

    private static void Require(KzgFault fault, int blob)
    {
        if (fault != KzgFault.None)
        {
            throw new ArgumentException($"Blob {blob} is no blob: {fault}.");
        }
    }

    private sealed record Proven(byte[] Commitment, byte[] Proofs, Hash256 Hash);
}
