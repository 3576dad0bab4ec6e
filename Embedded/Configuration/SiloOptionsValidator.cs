using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Cloud.Embedded.Configuration;

/// <summary>Checks the options of a silo.</summary>
internal sealed class SiloOptionsValidator(
    IOptions<SiloMessagingOptions> messaging,
    IOptions<GrainCollectionOptions> collection,
    IOptions<ClusterOptions> cluster,
    IOptions<EndpointOptions> endpoint) : IConfigurationValidator
{
    public void ValidateConfiguration()
    {
        MessagingRules.Check(messaging.Value, nameof(SiloMessagingOptions));
        NotNegative(messaging.Value.MaxEnqueuedRequestsHardLimit, nameof(SiloMessagingOptions.MaxEnqueuedRequestsHardLimit));
        NotNegative(messaging.Value.MaxEnqueuedRequestsSoftLimit, nameof(SiloMessagingOptions.MaxEnqueuedRequestsSoftLimit));
        NotNegative(messaging.Value.MaxEnqueuedRequestsHardLimit_StatelessWorker, nameof(SiloMessagingOptions.MaxEnqueuedRequestsHardLimit_StatelessWorker));
        NotNegative(messaging.Value.MaxEnqueuedRequestsSoftLimit_StatelessWorker, nameof(SiloMessagingOptions.MaxEnqueuedRequestsSoftLimit_StatelessWorker));
        GrainCollectionOptions ages = collection.Value;
        MessagingRules.Require(ages.CollectionQuantum > TimeSpan.Zero, nameof(GrainCollectionOptions), nameof(ages.CollectionQuantum), ages.CollectionQuantum, "must be greater than zero");
        Age(ages.CollectionAge, nameof(ages.CollectionAge));
        foreach ((string name, TimeSpan age) in ages.ClassSpecificCollectionAge)
        {
            Age(age, $"{nameof(ages.ClassSpecificCollectionAge)}[{name}]");
        }

        MessagingRules.Require(ages.ActivationTimeout > TimeSpan.Zero, nameof(GrainCollectionOptions), nameof(ages.ActivationTimeout), ages.ActivationTimeout, "must be greater than zero");
        MessagingRules.Require(ages.DeactivationTimeout > TimeSpan.Zero, nameof(GrainCollectionOptions), nameof(ages.DeactivationTimeout), ages.DeactivationTimeout, "must be greater than zero");
        MessagingRules.Require(!string.IsNullOrWhiteSpace(cluster.Value.ClusterId), nameof(ClusterOptions), nameof(ClusterOptions.ClusterId), cluster.Value.ClusterId, "must not be empty");
        MessagingRules.Require(!string.IsNullOrWhiteSpace(cluster.Value.ServiceId), nameof(ClusterOptions), nameof(ClusterOptions.ServiceId), cluster.Value.ServiceId, "must not be empty");
        MessagingRules.Require(endpoint.Value.SiloPort is > 0 and <= 65535, nameof(EndpointOptions), nameof(EndpointOptions.SiloPort), endpoint.Value.SiloPort, "must be 1 to 65535");
        MessagingRules.Require(endpoint.Value.GatewayPort is >= 0 and <= 65535, nameof(EndpointOptions), nameof(EndpointOptions.GatewayPort), endpoint.Value.GatewayPort, "must be 0 to 65535");

        void Age(TimeSpan age, string name) => MessagingRules.Require(
            age == Timeout.InfiniteTimeSpan || age > ages.CollectionQuantum,
            nameof(GrainCollectionOptions),
            name,
            age,
            $"must be greater than {nameof(ages.CollectionQuantum)}, which is {ages.CollectionQuantum}");

        static void NotNegative(int value, string name) => MessagingRules.Require(value >= 0, nameof(SiloMessagingOptions), name, value, "must be 0 (no limit) or more");
    }
}

/// <summary>Checks the options of a client.</summary>
internal sealed class ClientOptionsValidator(IOptions<ClientMessagingOptions> messaging) : IConfigurationValidator
{
    public void ValidateConfiguration() => MessagingRules.Check(messaging.Value, nameof(ClientMessagingOptions));
}

/// <summary>Checks the options of reminders.</summary>
internal sealed class ReminderOptionsValidator(IOptions<Orleans.Hosting.ReminderOptions> reminders) : IConfigurationValidator
{
    public void ValidateConfiguration() => MessagingRules.Require(
        reminders.Value.MinimumReminderPeriod >= TimeSpan.Zero,
        nameof(Orleans.Hosting.ReminderOptions),
        nameof(reminders.Value.MinimumReminderPeriod),
        reminders.Value.MinimumReminderPeriod,
        "must not be less than zero");
}

internal static class MessagingRules
{
    public static void Check(MessagingOptions options, string name) =>
        Require(options.ResponseTimeout > TimeSpan.Zero, name, nameof(options.ResponseTimeout), options.ResponseTimeout, "must be greater than zero");

    public static void Require(bool rule, string options, string name, object? value, string text)
    {
        if (!rule)
        {
            throw new OrleansConfigurationException($"{options}.{name} is {value}; it {text}.");
        }
    }
}
