namespace Cloud.Runtime.Tests.Support;

/// <summary>One silo with call filters on both sides of a call.</summary>
public sealed class FilterCluster : ClusterFixture
{
    /// <inheritdoc/>
    protected override short SiloCount => 1;

    /// <inheritdoc/>
    protected override void ConfigureSilo(ISiloBuilder silo)
    {
        silo.AddIncomingGrainCallFilter<FirstIncomingFilter>();
        silo.AddIncomingGrainCallFilter(context => FilterNotes.Around(context, "incoming 2"));
        silo.AddIncomingGrainCallFilter(new ChangingFilter());
        silo.AddOutgoingGrainCallFilter(context => FilterNotes.Around(context, "silo outgoing"));
    }

    /// <inheritdoc/>
    protected override void ConfigureClient(IClientBuilder client)
    {
        client.AddOutgoingGrainCallFilter(context => FilterNotes.Around(context, "client outgoing 1"));
        client.AddOutgoingGrainCallFilter(context => FilterNotes.Around(context, "client outgoing 2"));
    }
}
