using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;

namespace Cloud.Replica.Node;

/// <summary>What a producer does with its flashblocks: the ledger's signature before, the stream after.</summary>
public interface IFlashblockPublisher
{
    /// <summary>Signs a flashblock through the ledger.</summary>
    /// <param name="payload">The flashblock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The signature, its duty durable in the ledger; null where the ledger refuses.</returns>
    ValueTask<Signature?> SignAsync(FlashblockPayload payload, CancellationToken cancellationToken);

    /// <summary>Sends a flashblock out. It is durable in the node's journal.</summary>
    /// <param name="flashblock">The flashblock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>When it is on its way; delivery is not waited for.</returns>
    ValueTask EmitAsync(Flashblock flashblock, CancellationToken cancellationToken);
}
