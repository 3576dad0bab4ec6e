using Cloud.Protocol.Primitives;
using Cloud.Settlement.Keys;

namespace Cloud.Settlement.Tests.Publishing;

/// <summary>A key whose process may die before and after each signature.</summary>
internal sealed class CrashingSigner(IL1Signer inner, KillSwitch kill) : IL1Signer
{
    public Address Address => inner.Address;

    public async Task<SigningOutcome> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        kill.Step();
        SigningOutcome outcome = await inner.SignAsync(message, cancellationToken);
        kill.Step();
        return outcome;
    }
}
