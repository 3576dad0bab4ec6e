using Cloud.Protocol.Primitives;
using Cloud.Storage;
using Cloud.Storage.Lmdb;

namespace Cloud.Settlement.Publishing;

/// <summary>A store in an LMDB folder: every write is one synchronous commit. Safe for several threads; one process at a time.</summary>
public sealed class LmdbPublicationStore : IPublicationStore, IDisposable
{
    private static readonly byte[] LedgerKey = "ledger"u8.ToArray();

    private readonly LmdbEnvironment _environment;
    private readonly LmdbDatabase _ledger;
    private readonly LmdbDatabase _payloads;

    private LmdbPublicationStore(LmdbEnvironment environment)
    {
        _environment = environment;
        _ledger = environment.OpenDatabase("ledger");
        _payloads = environment.OpenDatabase("payloads");
    }

    /// <summary>Opens a folder, and makes it where there is none.</summary>
    /// <param name="directory">The folder.</param>
    /// <returns>The store.</returns>
    /// <exception cref="StorageException">The folder cannot be used; the message says why and what to do.</exception>
    public static LmdbPublicationStore Open(string directory) =>
        new(LmdbEnvironment.Open(directory, new LmdbOptions { MapSize = 256L << 20, MaxDatabases = 2, Format = "preconf-cloud publisher 1" }));

    /// <inheritdoc/>
    public ValueTask<PublicationLedger> ReadAsync(CancellationToken cancellationToken = default)
    {
        using LmdbReadTransaction transaction = _environment.BeginRead();
        return ValueTask.FromResult(Current(transaction));
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryWriteAsync(PublicationLedger ledger, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        byte[] encoded = PublicationLedgerCodec.Encode(ledger);
        return ValueTask.FromResult(_environment.Write(transaction =>
        {
            if (Current(transaction).Version + 1 != ledger.Version)
            {
                return false;
            }

            transaction.Put(_ledger, LedgerKey, encoded);
            return true;
        }));
    }

    /// <inheritdoc/>
    public ValueTask PutAsync(PublicationPayload payload, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(payload);
        byte[] encoded = payload.Encode();
        _environment.Write(transaction => transaction.Put(_payloads, payload.Header.Hash.ToArray(), encoded));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<PublicationPayload?> GetAsync(Hash256 checkpoint, CancellationToken cancellationToken = default)
    {
        using LmdbReadTransaction transaction = _environment.BeginRead();
        return ValueTask.FromResult(transaction.TryGet(_payloads, Hash256.AsSpan(in checkpoint), out ReadOnlySpan<byte> stored) ? PublicationPayload.Decode(stored) : null);
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(Hash256 checkpoint, CancellationToken cancellationToken = default)
    {
        _environment.Write(transaction =>
        {
            transaction.Delete(_payloads, checkpoint.ToArray());
        });
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _environment.Dispose();

    private PublicationLedger Current(LmdbTransaction transaction) => !transaction.TryGet(_ledger, LedgerKey, out ReadOnlySpan<byte> stored)
        ? PublicationLedger.Empty
        : PublicationLedgerCodec.Decode(stored) ?? throw new StorageException(
            StorageFault.CorruptFile, _environment.Directory, "The publisher's ledger is not readable.", "Restore the folder from a backup, or empty it after checking on L1 that none of its keys has a transaction in flight.");
}
