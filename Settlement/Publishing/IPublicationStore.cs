using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>A publisher's durable memory. What a task has written when it completes survives a crash. Failures of the storage are exceptions.</summary>
public interface IPublicationStore
{
    /// <summary>Reads the ledger.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The last one that was written; an empty one before the first.</returns>
    ValueTask<PublicationLedger> ReadAsync(CancellationToken cancellationToken = default);

    /// <summary>Writes the ledger over the version before it. The condition is what keeps two publishers with one memory from deciding the same thing twice.</summary>
    /// <param name="ledger">The new ledger; its version is one more than that of the ledger that was read.</param>
    /// <param name="cancellationToken">Ends the wait; the ledger may have been written.</param>
    /// <returns>False where another version is there: nothing was written, and the ledger has to be read again.</returns>
    ValueTask<bool> TryWriteAsync(PublicationLedger ledger, CancellationToken cancellationToken = default);

    /// <summary>Keeps a payload. The same again changes nothing.</summary>
    /// <param name="payload">The payload, by its header's hash.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask PutAsync(PublicationPayload payload, CancellationToken cancellationToken = default);

    /// <summary>Reads a payload.</summary>
    /// <param name="checkpoint">Hash of its header.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The payload; null where there is none.</returns>
    ValueTask<PublicationPayload?> GetAsync(Hash256 checkpoint, CancellationToken cancellationToken = default);

    /// <summary>Lets go of a payload.</summary>
    /// <param name="checkpoint">Hash of its header.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask RemoveAsync(Hash256 checkpoint, CancellationToken cancellationToken = default);
}
