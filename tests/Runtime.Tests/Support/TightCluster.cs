using Orleans.Configuration;

namespace Cloud.Runtime.Tests.Support;

/// <summary>One silo with a call time-out of one second and room for few waiting requests.</summary>
public sealed class TightCluster : ClusterFixture
{
    /// <summary>How long a call may take.</summary>
    public static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How many requests may wait for an activation.</summary>
    public const int MailboxLimit = 5;

    /// <inheritdoc/>
    protected override short SiloCount => 1;

    /// <inheritdoc/>
    protected override void ConfigureSilo(ISiloBuilder silo)
    {
        silo.Configure<SiloMessagingOptions>(options =>
        {
            options.ResponseTimeout = ResponseTimeout;
            options.MaxEnqueuedRequestsHardLimit = MailboxLimit;
            options.MaxEnqueuedRequestsHardLimit_StatelessWorker = MailboxLimit;
        });
        silo.AddMemoryGrainStorageAsDefault();
    }

    /// <inheritdoc/>
    protected override void ConfigureClient(IClientBuilder client) => client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = ResponseTimeout);
}
