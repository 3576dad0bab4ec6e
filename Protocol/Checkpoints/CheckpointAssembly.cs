using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;

namespace Cloud.Protocol.Checkpoints;

/// <summary>Makes a slot's checkpoint from its chunks, and checks one. Both use the same function, so they cannot differ.</summary>
public static class CheckpointAssembly
{
    /// <summary>Makes the checkpoint of the longest prefix of chunks that may be submitted: certified ones, and after them those for which a certificate can still be expected.</summary>
    /// <remarks>The first chunk whose time for a certificate is over ends the checkpoint, for a checkpoint with it would lose also what is before it.</remarks>
    /// <param name="timetable">The rollup's timetable.</param>
    /// <param name="parent">Hash of the checkpoint below; zero for the first one.</param>
    /// <param name="chunks">The slot's chunks from index 0.</param>
    /// <param name="outHash">Root of the messages to L1, for a number of chunks; null for none ever.</param>
    /// <param name="isCertificateNeeded">Whether chunks without a certificate are left out even where one can be expected.</param>
    /// <returns>The checkpoint, or why there is none.</returns>
    public static AssemblyResult Assemble(
        ConsensusTimetable timetable, in Hash256 parent, ReadOnlySpan<CandidateChunk> chunks, Func<int, Hash256>? outHash = null, bool isCertificateNeeded = false)
    {
        if (chunks.IsEmpty)
        {
            return new AssemblyResult.NoChunks();
        }

        int count = 0;
        for (; count < chunks.Length; count++)
        {
            if (chunks[count].Standing == ChunkStanding.Unlikely || (isCertificateNeeded && chunks[count].Standing != ChunkStanding.Certified))
            {
                break;
            }

            if (!Fits(chunks, count))
            {
                return new AssemblyResult.NoChain(count);
            }
        }

        return count == 0
            ? new AssemblyResult.NothingCertified(chunks[0].Standing)
            : new AssemblyResult.Assembled(HeaderOf(timetable, parent, chunks[..count], outHash?.Invoke(count) ?? Hash256.Zero), chunks.Length - count);
    }

    /// <summary>The header of a checkpoint with certain chunks.</summary>
    /// <param name="timetable">The rollup's timetable.</param>
    /// <param name="parent">Hash of the checkpoint below; zero for the first one.</param>
    /// <param name="chunks">Its chunks in order, at least one.</param>
    /// <param name="outHash">Root of the messages to L1.</param>
    /// <returns>The header.</returns>
    public static CheckpointHeader HeaderOf(ConsensusTimetable timetable, in Hash256 parent, ReadOnlySpan<CandidateChunk> chunks, in Hash256 outHash)
    {
        ArgumentNullException.ThrowIfNull(timetable);
        ArgumentOutOfRangeException.ThrowIfZero(chunks.Length, nameof(chunks));
        (ChunkHeader first, CandidateChunk last) = (chunks[0].Header, chunks[^1]);
        Hash256[] hashes = new Hash256[chunks.Length];
        ulong gas = 0;
        for (int i = 0; i < chunks.Length; i++)
        {
            hashes[i] = chunks[i].Header.Hash;
            gas = Add(gas, chunks[i].Header.Block.GasUsed);
        }

        return new CheckpointHeader(
            first.Slot,
            parent,
            first.Block.Number,
            (uint)chunks.Length,
            CheckpointHeader.HashOfChunks(hashes),
            last.BlockHash,
            last.Header.Block.StateRoot,
            first.InHash,
            outHash,
            (ulong)Math.Max(0, timetable.SlotStart(first.Slot).ToUnixTimeSeconds()),
            first.Block.FeeRecipient,
            gas);
    }

    /// <summary>Checks a proposed checkpoint against the chunks that were re-executed here.</summary>
    /// <param name="timetable">The rollup's timetable.</param>
    /// <param name="header">The proposed header.</param>
    /// <param name="parent">Hash of the checkpoint below, as known here.</param>
    /// <param name="chunks">All chunks of its slot that are known here, from index 0, each on top of the one before, with their standing as known here.</param>
    /// <param name="outHash">Root of the messages to L1, as computed here.</param>
    /// <param name="limits">Limits of a slot.</param>
    /// <returns>The first difference, the most telling ones first; null where there is none.</returns>
    public static CheckpointFault? Check(
        ConsensusTimetable timetable, CheckpointHeader header, in Hash256 parent, ReadOnlySpan<CandidateChunk> chunks, in Hash256 outHash, SlotLimits limits)
    {
        ArgumentNullException.ThrowIfNull(timetable);
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(limits);
        if (header.Chunks > (uint)timetable.Timing.MaxChunksPerSlot)
        {
            return CheckpointFault.TooManyChunks;
        }

        // A chunk with a certificate must be in it: the committee's promise is not the proposer's to take back. One without may be left out.
        int count = (int)header.Chunks;
        if (chunks.Length < count || (chunks.Length > count && chunks[count].Standing == ChunkStanding.Certified) || chunks[count - 1].BlockHash != header.BlockHash)
        {
            return CheckpointFault.LastChunkMismatch;
        }

        chunks = chunks[..count];

        ulong transactions = 0;
        foreach (CandidateChunk chunk in chunks)
        {
            transactions += (ulong)chunk.Header.Transactions.Length;
        }

        CheckpointHeader expected = HeaderOf(timetable, parent, chunks, outHash);
        return header == expected ? (header.GasUsed > limits.Gas || transactions > limits.Transactions ? CheckpointFault.LimitExceeded : null)
            : header.Parent != parent ? CheckpointFault.WrongParent
            : header.ChunksHash != expected.ChunksHash ? CheckpointFault.ChunksMismatch
            : header.FirstBlock != expected.FirstBlock ? CheckpointFault.FirstBlockMismatch
            : header.StateRoot != expected.StateRoot ? CheckpointFault.StateRootMismatch
            : header.InHash != expected.InHash ? CheckpointFault.InHashMismatch
            : header.OutHash != expected.OutHash ? CheckpointFault.OutHashMismatch
            : header.Timestamp != expected.Timestamp ? CheckpointFault.TimestampMismatch
            : header.FeeRecipient != expected.FeeRecipient ? CheckpointFault.FeeRecipientMismatch
            : header.GasUsed != expected.GasUsed ? CheckpointFault.GasMismatch
            : CheckpointFault.ChunksMismatch;
    }

    private static bool Fits(ReadOnlySpan<CandidateChunk> chunks, int index)
    {
        ChunkHeader chunk = chunks[index].Header;
        return chunk.Index == (uint)index && chunk.Slot == chunks[0].Header.Slot && chunk.InHash == chunks[0].Header.InHash
            && (index == 0 || (chunk.Block.ParentHash == chunks[index - 1].BlockHash && !chunks[index - 1].Header.IsLast));
    }

    private static ulong Add(ulong left, ulong right) => left > ulong.MaxValue - right ? ulong.MaxValue : left + right;
}
