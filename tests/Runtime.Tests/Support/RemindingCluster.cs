namespace Cloud.Runtime.Tests.Support;

/// <summary>One silo in which reminders may be as frequent as a test needs.</summary>
public sealed class RemindingCluster : ClusterFixture
{
    /// <inheritdoc/>
    protected override short SiloCount => 1;

    /// <inheritdoc/>
    protected override void ConfigureSilo(ISiloBuilder silo)
    {
        silo.UseInMemoryReminderService();
        silo.Configure<ReminderOptions>(options => options.MinimumReminderPeriod = TimeSpan.FromMilliseconds(1));
    }
}
