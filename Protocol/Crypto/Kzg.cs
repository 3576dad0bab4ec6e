using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Crypto;

/// <summary>KZG commitments of blobs through c-kzg-4844: EIP-4844, and the cells of EIP-7594. Thread-safe; no call allocates managed memory.</summary>
/// <remarks>The first call loads the library and the trusted set-up and throws <see cref="NativeLibraryMissingException"/> where that fails.</remarks>
public static unsafe partial class Kzg
{
    /// <summary>Length of a blob in bytes: 4096 field elements.</summary>
    public const int BlobLength = FieldElementsPerBlob * FieldElementLength;

    /// <summary>Number of field elements in a blob.</summary>
    public const int FieldElementsPerBlob = 4096;

    /// <summary>Length of a field element in bytes, big-endian.</summary>
    public const int FieldElementLength = 32;

    /// <summary>Length of a commitment in bytes.</summary>
    public const int CommitmentLength = 48;

    /// <summary>Length of a proof in bytes.</summary>
    public const int ProofLength = 48;

    /// <summary>Number of cells in an extended blob (EIP-7594).</summary>
    public const int CellsPerExtendedBlob = 128;

    /// <summary>Length of a cell in bytes (EIP-7594).</summary>
    public const int CellLength = 2048;

    /// <summary>Length of the point evaluation precompile's input in bytes.</summary>
    public const int PointEvaluationInputLength = 192;

    /// <summary>First byte of a versioned hash of a commitment (EIP-4844).</summary>
    public const byte VersionedHashVersion = 1;

    // Tables for cell proofs, which level 8 keeps in 96 MiB and builds in 1.7 s more, make them at most a fifth faster: less than the noise between runs.
    private const int DefaultPrecompute = 0;

    private static readonly Lock Gate = new();
    private static nint s_settings;

    private enum NativeResult
    {
        Ok,
        BadArguments,
        Error,
        OutOfMemory,
    }

    /// <summary>The modulus of the scalar field, big-endian: field elements are below it.</summary>
    public static ReadOnlySpan<byte> FieldModulus =>
    [
        0x73, 0xED, 0xA7, 0x53, 0x29, 0x9D, 0x7D, 0x48, 0x33, 0x39, 0xD8, 0x08, 0x09, 0xA1, 0xD8, 0x05,
        0x53, 0xBD, 0xA4, 0x02, 0xFF, 0xFE, 0x5B, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x01,
    ];

    // Written once, after the settings are complete; afterwards only read.
    private static nint Settings
    {
        get
        {
            nint settings = Volatile.Read(ref s_settings);
            return settings != 0 ? settings : Load();
        }
    }

    /// <summary>
    /// Loads the library and the trusted set-up now instead of at the first use, which takes about 1.5 s and then 7 MiB, so that a start finds out what is
    /// missing and no slot waits for it.
    /// </summary>
    /// <exception cref="NativeLibraryMissingException">The library or the trusted set-up is missing or damaged.</exception>
    public static void EnsureLoaded() => _ = Settings;

    /// <summary>Commits to a blob.</summary>
    /// <param name="blob">131,072 bytes.</param>
    /// <param name="commitment">48 bytes, written on success.</param>
    /// <returns><see cref="KzgFault.Length"/> or <see cref="KzgFault.FieldElementOutOfRange"/>, else none.</returns>
    public static KzgFault CommitToBlob(ReadOnlySpan<byte> blob, Span<byte> commitment)
    {
        if (blob.Length != BlobLength || commitment.Length != CommitmentLength)
        {
            return KzgFault.Length;
        }

        nint settings = Settings;
        fixed (byte* data = blob, output = commitment)
        {
            return Refusal(BlobToCommitment(output, data, settings), blob, default);
        }
    }

    /// <summary>Proves that a commitment is that of a blob.</summary>
    /// <param name="blob">131,072 bytes.</param>
    /// <param name="commitment">The blob's commitment, 48 bytes. That it fits is not checked: a wrong one gives a proof that does not verify.</param>
    /// <param name="proof">48 bytes, written on success.</param>
    /// <returns>What is wrong with the input, or none.</returns>
    public static KzgFault ProveBlob(ReadOnlySpan<byte> blob, ReadOnlySpan<byte> commitment, Span<byte> proof)
    {
        if (blob.Length != BlobLength || commitment.Length != CommitmentLength || proof.Length != ProofLength)
        {
            return KzgFault.Length;
        }

        nint settings = Settings;
        fixed (byte* data = blob, committed = commitment, output = proof)
        {
            return Refusal(ComputeBlobProof(output, data, committed, settings), blob, default);
        }
    }

    /// <summary>Proves the value of a blob's polynomial at a point.</summary>
    /// <param name="blob">131,072 bytes.</param>
    /// <param name="z">The point, a field element.</param>
    /// <param name="proof">48 bytes, written on success.</param>
    /// <param name="y">The value, 32 bytes, written on success.</param>
    /// <returns>What is wrong with the input, or none.</returns>
    public static KzgFault ProvePoint(ReadOnlySpan<byte> blob, ReadOnlySpan<byte> z, Span<byte> proof, Span<byte> y)
    {
        if (blob.Length != BlobLength || z.Length != FieldElementLength || proof.Length != ProofLength || y.Length != FieldElementLength)
        {
            return KzgFault.Length;
        }

        nint settings = Settings;
        fixed (byte* data = blob, point = z, output = proof, value = y)
        {
            return Refusal(ComputeProof(output, value, data, point, settings), blob, z);
        }
    }

    /// <summary>Verifies that a committed polynomial has the value y at the point z.</summary>
    /// <param name="commitment">48 bytes.</param>
    /// <param name="z">The point, 32 bytes.</param>
    /// <param name="y">The value, 32 bytes.</param>
    /// <param name="proof">48 bytes.</param>
    /// <returns>None where the proof is right.</returns>
    public static KzgFault VerifyPoint(ReadOnlySpan<byte> commitment, ReadOnlySpan<byte> z, ReadOnlySpan<byte> y, ReadOnlySpan<byte> proof)
    {
        if (commitment.Length != CommitmentLength || z.Length != FieldElementLength || y.Length != FieldElementLength || proof.Length != ProofLength)
        {
            return KzgFault.Length;
        }

        if (!AreFieldElements(z) || !AreFieldElements(y))
        {
            return KzgFault.FieldElementOutOfRange;
        }

        nint settings = Settings;
        byte valid = 0;
        fixed (byte* committed = commitment, point = z, value = y, proved = proof)
        {
            return Verdict(VerifyProof(&valid, committed, point, value, proved, settings), valid, default);
        }
    }

    /// <summary>The point evaluation precompile (EIP-4844): versioned hash || z || y || commitment || proof.</summary>
    /// <param name="input">192 bytes.</param>
    /// <returns>None where the commitment has the hash and the proof is right.</returns>
    public static KzgFault EvaluatePoint(ReadOnlySpan<byte> input)
    {
        if (input.Length != PointEvaluationInputLength)
        {
            return KzgFault.Length;
        }

        Hash256 versionedHash = VersionedHash(input.Slice(96, CommitmentLength));
        return Hash256.AsSpan(versionedHash).SequenceEqual(input[..32])
            ? VerifyPoint(input.Slice(96, CommitmentLength), input.Slice(32, 32), input.Slice(64, 32), input.Slice(144, ProofLength))
            : KzgFault.VersionedHashMismatch;
    }

    /// <summary>Verifies that a commitment is that of a blob.</summary>
    /// <param name="blob">131,072 bytes.</param>
    /// <param name="commitment">48 bytes.</param>
    /// <param name="proof">48 bytes.</param>
    /// <returns>None where the proof is right.</returns>
    public static KzgFault VerifyBlob(ReadOnlySpan<byte> blob, ReadOnlySpan<byte> commitment, ReadOnlySpan<byte> proof)
    {
        if (blob.Length != BlobLength || commitment.Length != CommitmentLength || proof.Length != ProofLength)
        {
            return KzgFault.Length;
        }

        nint settings = Settings;
        byte valid = 0;
        fixed (byte* data = blob, committed = commitment, proved = proof)
        {
            return Verdict(VerifyBlobProof(&valid, data, committed, proved, settings), valid, blob);
        }
    }

    /// <summary>Verifies several blobs at once, which is faster than one at a time. It does not tell which one is wrong.</summary>
    /// <param name="blobs">The blobs, one after the other.</param>
    /// <param name="commitments">As many commitments.</param>
    /// <param name="proofs">As many proofs.</param>
    /// <returns>None where all proofs are right, and where there are none.</returns>
    public static KzgFault VerifyBlobs(ReadOnlySpan<byte> blobs, ReadOnlySpan<byte> commitments, ReadOnlySpan<byte> proofs)
    {
        int count = blobs.Length / BlobLength;
        if (blobs.Length % BlobLength != 0 || commitments.Length != (long)count * CommitmentLength || proofs.Length != (long)count * ProofLength)
        {
            return KzgFault.Length;
        }

        nint settings = Settings;
        byte valid = 0;
        fixed (byte* data = blobs, committed = commitments, proved = proofs)
        {
            return Verdict(VerifyBlobProofBatch(&valid, data, committed, proved, (ulong)count, settings), valid, blobs);
        }
    }

    /// <summary>Extends a blob to its 128 cells and proves each (EIP-7594).</summary>
    /// <param name="blob">131,072 bytes.</param>
    /// <param name="cells">128 cells of 2048 bytes, written on success.</param>
    /// <param name="proofs">128 proofs of 48 bytes, written on success.</param>
    /// <returns>What is wrong with the input, or none.</returns>
    public static KzgFault ProveCells(ReadOnlySpan<byte> blob, Span<byte> cells, Span<byte> proofs)
    {
        if (blob.Length != BlobLength || cells.Length != CellsPerExtendedBlob * CellLength || proofs.Length != CellsPerExtendedBlob * ProofLength)
        {
            return KzgFault.Length;
        }

        nint settings = Settings;
        fixed (byte* data = blob, outputCells = cells, outputProofs = proofs)
        {
            return Refusal(ComputeCellsAndProofs(outputCells, outputProofs, data, settings), blob, default);
        }
    }

    /// <summary>Recovers all cells and proofs of a blob from at least half of its cells (EIP-7594). That the given cells are right is not checked.</summary>
    /// <param name="cellIndices">Which cells are given, ascending, each below 128.</param>
    /// <param name="cells">As many cells.</param>
    /// <param name="recoveredCells">128 cells of 2048 bytes, written on success.</param>
    /// <param name="recoveredProofs">128 proofs of 48 bytes, written on success.</param>
    /// <returns>What is wrong with the input, or none.</returns>
    public static KzgFault RecoverCells(
        ReadOnlySpan<ulong> cellIndices, ReadOnlySpan<byte> cells, Span<byte> recoveredCells, Span<byte> recoveredProofs)
    {
        if (cells.Length != (long)cellIndices.Length * CellLength
            || recoveredCells.Length != CellsPerExtendedBlob * CellLength
            || recoveredProofs.Length != CellsPerExtendedBlob * ProofLength)
        {
            return KzgFault.Length;
        }

        for (int i = 0; i < cellIndices.Length; i++)
        {
            if (cellIndices[i] >= CellsPerExtendedBlob || (i > 0 && cellIndices[i] <= cellIndices[i - 1]))
            {
                return KzgFault.CellIndexOutOfRange;
            }
        }

        if (cellIndices.Length < CellsPerExtendedBlob / 2)
        {
            return KzgFault.TooFewCells;
        }

        nint settings = Settings;
        fixed (ulong* indices = cellIndices)
        fixed (byte* data = cells, outputCells = recoveredCells, outputProofs = recoveredProofs)
        {
            return Refusal(
                RecoverCellsAndProofs(outputCells, outputProofs, indices, data, (ulong)cellIndices.Length, settings), cells, default);
        }
    }

    /// <summary>Verifies cells of one or several blobs (EIP-7594). It does not tell which one is wrong.</summary>
    /// <param name="commitments">For each cell the commitment of its blob.</param>
    /// <param name="cellIndices">For each cell its index, below 128.</param>
    /// <param name="cells">The cells.</param>
    /// <param name="proofs">For each cell its proof.</param>
    /// <returns>None where all proofs are right, and where there are none.</returns>
    public static KzgFault VerifyCells(
        ReadOnlySpan<byte> commitments, ReadOnlySpan<ulong> cellIndices, ReadOnlySpan<byte> cells, ReadOnlySpan<byte> proofs)
    {
        int count = cellIndices.Length;
        if (cells.Length != (long)count * CellLength || commitments.Length != (long)count * CommitmentLength || proofs.Length != (long)count * ProofLength)
        {
            return KzgFault.Length;
        }

        foreach (ulong index in cellIndices)
        {
            if (index >= CellsPerExtendedBlob)
            {
                return KzgFault.CellIndexOutOfRange;
            }
        }

        nint settings = Settings;
        byte valid = 0;
        fixed (ulong* indices = cellIndices)
        fixed (byte* committed = commitments, data = cells, proved = proofs)
        {
            return Verdict(VerifyCellProofBatch(&valid, committed, indices, data, proved, (ulong)count, settings), valid, cells);
        }
    }

    /// <summary>The hash by which a transaction names a blob: SHA-256 of the commitment with 0x01 as its first byte (EIP-4844).</summary>
    /// <param name="commitment">48 bytes.</param>
    /// <returns>The versioned hash.</returns>
    /// <exception cref="ArgumentException">Not 48 bytes.</exception>
    [SkipLocalsInit]
    public static Hash256 VersionedHash(ReadOnlySpan<byte> commitment)
    {
        if (commitment.Length != CommitmentLength)
        {
            throw new ArgumentException($"A commitment has {CommitmentLength} bytes, got {commitment.Length}.", nameof(commitment));
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(commitment, hash);
        hash[0] = VersionedHashVersion;
        return new Hash256(hash);
    }

    /// <summary>Whether all 32-byte parts are below <see cref="FieldModulus"/>.</summary>
    /// <param name="elements">Field elements, one after the other.</param>
    /// <returns>False where the length is no multiple of 32 or an element is out of range.</returns>
    public static bool AreFieldElements(ReadOnlySpan<byte> elements)
    {
        if (elements.Length % FieldElementLength != 0)
        {
            return false;
        }

        for (int i = 0; i < elements.Length; i += FieldElementLength)
        {
            if (elements.Slice(i, FieldElementLength).SequenceCompareTo(FieldModulus) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Loads a trusted set-up of its own, for tests and measurements.</summary>
    /// <param name="path">The set-up's file.</param>
    /// <param name="precompute">Window of the tables for cell proofs in bits, 0 to 15; 0 makes none, 8 takes 96 MiB.</param>
    /// <returns>Memory that <see cref="Free"/> releases.</returns>
    /// <exception cref="NativeLibraryMissingException">The file is not readable or not a trusted set-up.</exception>
    internal static nint Load(string path, int precompute)
    {
        TrustedSetup setup = TrustedSetup.Read(path);

        // The structure has ten pointers; room for more costs nothing.
        nint settings = (nint)NativeMemory.AllocZeroed(256);
        bool loaded = false;
        try
        {
            NativeResult result;
            fixed (byte* g1Monomial = setup.G1Monomial, g1Lagrange = setup.G1Lagrange, g2Monomial = setup.G2Monomial)
            {
                result = LoadTrustedSetup(
                    settings,
                    g1Monomial,
                    (ulong)setup.G1Monomial.Length,
                    g1Lagrange,
                    (ulong)setup.G1Lagrange.Length,
                    g2Monomial,
                    (ulong)setup.G2Monomial.Length,
                    (ulong)precompute);
            }

            RequireNoInternalError(result);
            loaded = result == NativeResult.Ok;
            return loaded ? settings : throw TrustedSetup.Damaged(path, "its points are not those of a trusted set-up");
        }
        finally
        {
            if (!loaded)
            {
                NativeMemory.Free((void*)settings);
            }
        }
    }

    /// <summary>Releases what <see cref="Load(string, int)"/> returned.</summary>
    internal static void Free(nint settings)
    {
        FreeTrustedSetup(settings);
        NativeMemory.Free((void*)settings);
    }

    /// <summary>Cell proofs with settings of the caller, for measurements.</summary>
    internal static KzgFault ProveCells(ReadOnlySpan<byte> blob, Span<byte> cells, Span<byte> proofs, nint settings)
    {
        fixed (byte* data = blob, outputCells = cells, outputProofs = proofs)
        {
            return Refusal(ComputeCellsAndProofs(outputCells, outputProofs, data, settings), blob, default);
        }
    }

    private static nint Load()
    {
        lock (Gate)
        {
            if (s_settings == 0)
            {
                NativeLibraries.Register();
                Volatile.Write(ref s_settings, Load(NativeLibraries.TrustedSetupFile.Find(NativeLibraryFile.Folders()), DefaultPrecompute));
            }

            return s_settings;
        }
    }

    // The library says only that something is wrong; what, is looked up afterwards, off the usual path.
    private static KzgFault Refusal(NativeResult result, ReadOnlySpan<byte> elements, ReadOnlySpan<byte> moreElements)
    {
        if (result == NativeResult.Ok)
        {
            return KzgFault.None;
        }

        RequireNoInternalError(result);
        return AreFieldElements(elements) && AreFieldElements(moreElements) ? KzgFault.InvalidPoint : KzgFault.FieldElementOutOfRange;
    }

    private static KzgFault Verdict(NativeResult result, byte valid, ReadOnlySpan<byte> elements)
    {
        KzgFault refusal = Refusal(result, elements, default);
        return refusal != KzgFault.None ? refusal : valid != 0 ? KzgFault.None : KzgFault.ProofMismatch;
    }

    private static void RequireNoInternalError(NativeResult result)
    {
        if (result == NativeResult.OutOfMemory)
        {
            throw new InsufficientMemoryException("c-kzg could not allocate memory.");
        }

        if (result == NativeResult.Error)
        {
            throw new CryptographicException("c-kzg reports an internal error.");
        }
    }

    [LibraryImport(NativeLibraries.KzgName, EntryPoint = "load_trusted_setup")]
    private static partial NativeResult LoadTrustedSetup(
        nint settings, byte* g1Monomial, ulong g1MonomialLength, byte* g1Lagrange, ulong g1LagrangeLength, byte* g2Monomial, ulong g2MonomialLength, ulong precompute);

    [LibraryImport(NativeLibraries.KzgName, EntryPoint = "free_trusted_setup")]
    private static partial void FreeTrustedSetup(nint settings);

    [LibraryImport(NativeLibraries.KzgName, EntryPoint = "blob_to_kzg_commitment")]
    private static partial NativeResult BlobToCommitment(byte* commitment, byte* blob, nint settings);

    [LibraryImport(NativeLibraries.KzgName, EntryPoint = "compute_blob_kzg_proof")]
    private static partial NativeResult ComputeBlobProof(byte* proof, byte* blob, byte* commitment, nint settings);

    [LibraryImport(NativeLibraries.KzgName, EntryPoint = "compute_kzg_proof")]
    private static partial NativeResult ComputeProof(byte* proof, byte* y, byte* blob, byte* z, nint settings);

    [LibraryImport(NativeLibraries.KzgName, EntryPoint = "verify_kzg_proof")]
    private static partial NativeResult VerifyProof(byte* valid, byte* commitment, byte* z, byte* y, byte* proof, nint settings);

    [LibraryImport(NativeLibraries.KzgName, EntryPoint = "verify_blob_kzg_proof")]
    private static partial NativeResult VerifyBlobProof(byte* valid, byte* blob, byte* commitment, byte* proof, nint settings);

    [LibraryImport(NativeLibraries.KzgName, EntryPoint = "verify_blob_kzg_proof_batch")]
    private static partial NativeResult VerifyBlobProofBatch(byte* valid, byte* blobs, byte* commitments, byte* proofs, ulong count, nint settings);

    [LibraryImport(NativeLibraries.KzgName, EntryPoint = "compute_cells_and_kzg_proofs")]
    private static partial NativeResult ComputeCellsAndProofs(byte* cells, byte* proofs, byte* blob, nint settings);

    [LibraryImport(NativeLibraries.KzgName, EntryPoint = "recover_cells_and_kzg_proofs")]
    private static partial NativeResult RecoverCellsAndProofs(
        byte* recoveredCells, byte* recoveredProofs, ulong* cellIndices, byte* cells, ulong count, nint settings);

    [LibraryImport(NativeLibraries.KzgName, EntryPoint = "verify_cell_kzg_proof_batch")]
    private static partial NativeResult VerifyCellProofBatch(
        byte* valid, byte* commitments, ulong* cellIndices, byte* cells, byte* proofs, ulong count, nint settings);
}
