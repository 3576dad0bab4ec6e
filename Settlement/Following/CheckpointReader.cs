using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.BlobStores;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Watching;
using Cloud.Settlement.Work;

namespace Cloud.Settlement.Following;

/// <summary>Reads posted checkpoints from L1 and blobs, and judges their attestations before it looks at anything else in the blobs. Total: any calldata and any blobs give a reading.</summary>
/// <param name="client">L1.</param>
/// <param name="blobs">Where blobs are read.</param>
/// <param name="domains">The rollup.</param>
/// <param name="epochSlots">Slots of an epoch.</param>
public sealed class CheckpointReader(IL1Client client, IBlobSource blobs, SigningDomains domains, uint epochSlots)
{
    /// <summary>Reads a checkpoint.</summary>
    /// <param name="posted">The checkpoint.</param>
    /// <param name="parent">The one below it.</param>
    /// <param name="state">The contract when it was posted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What it is.</returns>
    public async Task<CheckpointReading> ReadAsync(PostedCheckpoint posted, PostedCheckpoint parent, RollupState state, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(posted);
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(state);
        ulong epoch = posted.Record.Slot / epochSlots;
        if (!state.Committees.TryGetValue(epoch, out Committee? committee))
        {
            return new CheckpointReading.Unavailable($"The committee of epoch {epoch} is not known. Set L1:DeploymentBlock to the block of the rollup's deployment, or one before it.");
        }

        if (!(await client.GetTransactionAsync(posted.Transaction, cancellationToken).ConfigureAwait(false)).TryGet(out L1TransactionData? transaction, out L1Failure? failure)
            || transaction is null)
        {
            return new CheckpointReading.Unavailable(failure?.Message ?? $"L1 does not know the transaction {posted.Transaction} of a block that it has. Add an endpoint to L1:Endpoints.");
        }

        if (CheckpointRecord.HashOfBlobs(transaction.BlobHashes.AsSpan()) != posted.Record.BlobsHash)
        {
            return new CheckpointReading.Unavailable($"L1 gives other blob hashes for the transaction {posted.Transaction} than the contract saw. Remove the endpoint that lies from L1:Endpoints.");
        }

        BlobReading reading = await blobs.ReadAsync(posted.Block, posted.Timestamp, transaction.BlobHashes, cancellationToken).ConfigureAwait(false);
        if (reading is not BlobReading.Found found)
        {
            return new CheckpointReading.Unavailable(((BlobReading.Unavailable)reading).Message);
        }

        // Signatures of the committee and a decompression.
        return await BackgroundWork.RunAsync(() => Read(posted, parent, committee, transaction, found.Blobs), cancellationToken).ConfigureAwait(false);
    }

    private CheckpointReading Read(PostedCheckpoint posted, PostedCheckpoint parent, Committee committee, L1TransactionData transaction, ImmutableArray<Bytes> blobs)
    {
        ReadOnlySpan<byte> first = blobs[0].Span;
        if (AttestationCheck.Find(domains, committee, posted.Record, first) is { } fault)
        {
            Accusation accusation = AttestationCheck.Accuse(fault, posted.Number, posted.Record, parent.Record, transaction.BlobHashes, committee, first);
            return new CheckpointReading.Invalid(fault, accusation, HeaderSearch.Find(transaction.Input.Span, posted.Record.PayloadHash));
        }

        BlobResult<CheckpointData> decoded = Decode(posted.Record, blobs);
        return decoded.TryGet(out CheckpointData? data, out BlobRefusal? reason)
            ? new CheckpointReading.Readable(data)
            : new CheckpointReading.Unreadable(reason, HeaderSearch.Find(transaction.Input.Span, posted.Record.PayloadHash));
    }

    private static BlobResult<CheckpointData> Decode(CheckpointRecord record, ImmutableArray<Bytes> blobs)
    {
        if (!BlobFrame.Decode(blobs).TryGet(out BlobFrame? frame, out BlobRefusal? reason))
        {
            return new BlobResult<CheckpointData>.Refused(reason);
        }

        BlobResult<CheckpointData> data = CheckpointData.FromFrame(frame);
        return data.TryGet(out CheckpointData? read, out _) && (read.Header.Hash != record.PayloadHash || read.Header.Slot != record.Slot)
            ? new BlobResult<CheckpointData>.Refused(new BlobRefusal.Inconsistent("the header in the blobs is the one that was posted"))
            : data;
    }
}
