using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>The slot's proposer, as far as L1 needs it: it signs header and blobs before they are posted (<see cref="Contracts.RollupDigests.Publication"/>).</summary>
public interface IPublicationSigner
{
    /// <summary>Signs a publication, once for a slot: the ledger of signatures decides, since two publications of a slot are punished.</summary>
    /// <param name="proposer">The slot's proposer.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="payloadHash">Hash of the checkpoint's header.</param>
    /// <param name="blobsHash">Keccak-256 of the blobs' versioned hashes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The signature; null where the key is not here, or has signed something else for the slot.</returns>
    Task<Signature?> SignAsync(Address proposer, ulong slot, Hash256 payloadHash, Hash256 blobsHash, CancellationToken cancellationToken = default);
}
