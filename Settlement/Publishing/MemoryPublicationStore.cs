using System.Collections.Concurrent;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>A store that lives as long as the process: for tests and simulations. Keeps encoded forms, so that what cannot be stored fails here too. Safe for several threads.</summary>
public sealed class MemoryPublicationStore : IPublicationStore
{
    private readonly ConcurrentDictionary<Hash256, byte[]> _payloads = [];
    private readonly Lock _lock = new();
    private byte[] _ledger = PublicationLedgerCodec.Encode(PublicationLedger.Empty);

    /// <inheritdoc/>
    public ValueTask<PublicationLedger> ReadAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(Current());

    /// <inheritdoc/>
    public ValueTask<bool> TryWriteAsync(PublicationLedger ledger, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ledger);
        lock (_lock)
        {
            if (Current().Version + 1 != ledger.Version)
            {
                return ValueTask.FromResult(false);
            }

            _ledger = PublicationLedgerCodec.Encode(ledger);
            return ValueTask.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask PutAsync(PublicationPayload payload, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(payload);
        _payloads[payload.Header.Hash] = payload.Encode();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<PublicationPayload?> GetAsync(Hash256 checkpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(_payloads.TryGetValue(checkpoint, out byte[]? stored) ? PublicationPayload.Decode(stored) : null);

    /// <inheritdoc/>
    public ValueTask RemoveAsync(Hash256 checkpoint, CancellationToken cancellationToken = default)
    {
        _payloads.TryRemove(checkpoint, out _);
        return ValueTask.CompletedTask;
    }

    private PublicationLedger Current() =>
        PublicationLedgerCodec.Decode(Volatile.Read(ref _ledger)) ?? throw new InvalidOperationException("The ledger's codec does not read what it writes.");
}
