using Microsoft.Extensions.Hosting;

namespace Orleans.TestingHost;

/// <summary>Options of an in-process test cluster.</summary>
public sealed class InProcessTestClusterOptions
{
    /// <summary>The cluster.</summary>
    public string ClusterId { get; set; } = InProcessTestClusterBuilder.CreateClusterId();

    /// <summary>The service.</summary>
    public string ServiceId { get; set; } = Guid.NewGuid().ToString("N");

    /// <summary>How many silos start with the cluster.</summary>
    public short InitialSilosCount { get; set; } = 2;

    /// <summary>Whether the client starts with the cluster.</summary>
    public bool InitializeClientOnDeploy { get; set; } = true;

    /// <summary>Has no effect: nothing is logged to files.</summary>
    public bool ConfigureFileLogging { get; set; }

    /// <summary>Configure the hosts of silos.</summary>
    public List<Action<InProcessTestSiloSpecificOptions, IHostApplicationBuilder>> SiloHostConfigurationDelegates { get; } = [];

    /// <summary>Configure the host of the client.</summary>
    public List<Action<IHostApplicationBuilder>> ClientHostConfigurationDelegates { get; } = [];
}
