using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

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
        ArgumentNullException.ThrowIfNull(blobs);
        if (blobs.Count is < 1 or > BlobSidecar.MaxBlobs)
        {
            throw new ArgumentException($"A transaction has 1 to {BlobSidecar.MaxBlobs} blobs, not {blobs.Count}.", nameof(blobs));
        }

        byte[][] commitments = new byte[blobs.Count][];
        byte[][] proofs = new byte[blobs.Count][];
        Hash256[] hashes = new Hash256[blobs.Count];
        Parallel.For(0, blobs.Count, new ParallelOptions { MaxDegreeOfParallelism = parallelism }, i =>
        {
            commitments[i] = new byte[Kzg.CommitmentLength];
            proofs[i] = new byte[BlobSidecar.ProofsPerBlob * Kzg.ProofLength];
            byte[] cells = new byte[Kzg.CellsPerExtendedBlob * Kzg.CellLength];
            Require(Kzg.CommitToBlob(blobs[i].Span, commitments[i]), i);
            Require(Kzg.ProveCells(blobs[i].Span, cells, proofs[i]), i);
            hashes[i] = Kzg.VersionedHash(commitments[i]);
            Verify(commitments[i], cells, proofs[i]);
        });
        return new BlobSidecar([.. blobs], [.. commitments.Select(c => (Bytes)c)], [.. proofs.Select(p => (Bytes)p)], [.. hashes]);
    }

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
}
