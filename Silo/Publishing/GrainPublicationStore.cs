using Cloud.Protocol.Primitives;
using Cloud.Settlement.Publishing;
using Cloud.Storage;
using Orleans.Storage;

namespace Cloud.Silo.Publishing;

/// <summary>A publisher's memory in the cluster's grain storage: whichever silo publishes goes on with what another one began. Its conditional writes let one of two go on.</summary>
/// <param name="rollup">The rollup's contract; a store can hold several rollups.</param>
public sealed class GrainPublicationStore(Address rollup) : IPublicationStore
{
    private const string State = "publications";
    private const string LedgerType = "publication-ledger";
    private const string PayloadType = "publication-payload";

    private volatile IGrainStorage? _storage;

    /// <summary>Names the storage, which the host has only once it is built.</summary>
    /// <param name="storage">Durable grain storage that refuses a write over another version.</param>
    public void Connect(IGrainStorage storage) => _storage = storage;

    /// <inheritdoc/>
    public async ValueTask<PublicationLedger> ReadAsync(CancellationToken cancellationToken = default) => LedgerOf(await FindAsync(LedgerId).ConfigureAwait(false));

    /// <inheritdoc/>
    public async ValueTask<bool> TryWriteAsync(PublicationLedger ledger, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        GrainState<StoredRecord> found = await FindAsync(LedgerId).ConfigureAwait(false);
        if (LedgerOf(found).Version + 1 != ledger.Version)
        {
            return false;
        }

        found.State = new StoredRecord { Encoded = PublicationLedgerCodec.Encode(ledger) };
        try
        {
            await Storage.WriteStateAsync(State, LedgerId, found).ConfigureAwait(false);
            return true;
        }
        catch (InconsistentStateException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask PutAsync(PublicationPayload payload, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(payload);
        GrainId id = IdOf(payload.Header.Hash);
        GrainState<StoredRecord> found = await FindAsync(id).ConfigureAwait(false);
        if (found.State is { Encoded.Length: > 0 })
        {
            return;
        }

        found.State = new StoredRecord { Encoded = payload.Encode() };
        try
        {
            await Storage.WriteStateAsync(State, id, found).ConfigureAwait(false);
        }
        catch (InconsistentStateException)
        {
            // Another process has put the same: a payload's name is its header's hash.
        }
    }

    /// <inheritdoc/>
    public async ValueTask<PublicationPayload?> GetAsync(Hash256 checkpoint, CancellationToken cancellationToken = default) =>
        (await FindAsync(IdOf(checkpoint)).ConfigureAwait(false)).State is { Encoded: { Length: > 0 } encoded } ? PublicationPayload.Decode(encoded) : null;

    /// <inheritdoc/>
    public async ValueTask RemoveAsync(Hash256 checkpoint, CancellationToken cancellationToken = default)
    {
        GrainId id = IdOf(checkpoint);
        GrainState<StoredRecord> found = await FindAsync(id).ConfigureAwait(false);
        if (!found.RecordExists)
        {
            return;
        }

        try
        {
            await Storage.ClearStateAsync(State, id, found).ConfigureAwait(false);
        }
        catch (InconsistentStateException)
        {
            // Another process has removed it.
        }
    }

    private GrainId LedgerId => GrainId.Create(LedgerType, rollup.ToString());

    private IGrainStorage Storage => _storage ?? throw new InvalidOperationException("The publisher's store is used before its host has started.");

    private GrainId IdOf(in Hash256 checkpoint) => GrainId.Create(PayloadType, $"{rollup}/{checkpoint}");

    private async Task<GrainState<StoredRecord>> FindAsync(GrainId id)
    {
        GrainState<StoredRecord> found = new(new StoredRecord());
        await Storage.ReadStateAsync(State, id, found).ConfigureAwait(false);
        return found;
    }

    private static PublicationLedger LedgerOf(GrainState<StoredRecord> found) => found.State is not { Encoded: { Length: > 0 } encoded }
        ? PublicationLedger.Empty
        : PublicationLedgerCodec.Decode(encoded) ?? throw new StorageException(
            StorageFault.CorruptFile, LedgerType, "The publisher's ledger is not readable.", "Restore the database from a backup, or remove the record after checking on L1 that none of the publisher's keys has a transaction in flight.");
}
