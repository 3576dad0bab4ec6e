using Cloud.Protocol.Primitives;
using Cloud.Settlement.Publishing;

namespace Cloud.Settlement.Tests.Publishing;

/// <summary>A store whose process dies before or after a write, when the test says so.</summary>
internal sealed class CrashingStore(IPublicationStore inner, Func<bool> dies) : IPublicationStore
{
    public ValueTask<PublicationLedger> ReadAsync(CancellationToken cancellationToken = default) => inner.ReadAsync(cancellationToken);

    public async ValueTask<bool> TryWriteAsync(PublicationLedger ledger, CancellationToken cancellationToken = default)
    {
        MayDie();
        bool written = await inner.TryWriteAsync(ledger, cancellationToken);
        MayDie();
        return written;
    }

    public ValueTask PutAsync(PublicationPayload payload, CancellationToken cancellationToken = default) => inner.PutAsync(payload, cancellationToken);

    public ValueTask<PublicationPayload?> GetAsync(Hash256 checkpoint, CancellationToken cancellationToken = default) => inner.GetAsync(checkpoint, cancellationToken);

    public ValueTask RemoveAsync(Hash256 checkpoint, CancellationToken cancellationToken = default)
    {
        MayDie();
        return inner.RemoveAsync(checkpoint, cancellationToken);
    }

    private void MayDie()
    {
        if (dies())
        {
            throw new CrashException();
        }
    }
}
