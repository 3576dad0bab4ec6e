using Cloud.Protocol.Primitives;
using Cloud.Settlement.Publishing;

namespace Cloud.Settlement.Tests.Publishing;

/// <summary>A store whose process may die before and after each write.</summary>
internal sealed class CrashingStore(IPublicationStore inner, KillSwitch kill) : IPublicationStore
{
    public ValueTask<PublicationLedger> ReadAsync(CancellationToken cancellationToken = default) => inner.ReadAsync(cancellationToken);

    public async ValueTask<bool> TryWriteAsync(PublicationLedger ledger, CancellationToken cancellationToken = default)
    {
        kill.Step();
        bool written = await inner.TryWriteAsync(ledger, cancellationToken);
        kill.Step();
        return written;
    }

    public async ValueTask PutAsync(PublicationPayload payload, CancellationToken cancellationToken = default)
    {
        kill.Step();
        await inner.PutAsync(payload, cancellationToken);
        kill.Step();
    }

    public ValueTask<PublicationPayload?> GetAsync(Hash256 checkpoint, CancellationToken cancellationToken = default) => inner.GetAsync(checkpoint, cancellationToken);

    public async ValueTask RemoveAsync(Hash256 checkpoint, CancellationToken cancellationToken = default)
    {
        kill.Step();
        await inner.RemoveAsync(checkpoint, cancellationToken);
        kill.Step();
    }
}
