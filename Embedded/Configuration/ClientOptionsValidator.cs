using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;

namespace Cloud.Embedded.Configuration;

/// <summary>Checks the options of a client.</summary>
internal sealed class ClientOptionsValidator(IOptions<ClientMessagingOptions> messaging) : IConfigurationValidator
{
    public void ValidateConfiguration() => MessagingRules.Check(messaging.Value, nameof(ClientMessagingOptions));
}
