namespace Orleans.TestingHost;

/// <summary>Options of one silo of an in-process test cluster.</summary>
public sealed class InProcessTestSiloSpecificOptions
{
    /// <summary>Part of the silo's address; nothing listens.</summary>
    public int SiloPort { get; set; }

    /// <summary>Part of the silo's address; nothing listens.</summary>
    public int GatewayPort { get; set; }

    /// <summary>The silo's name.</summary>
    public string SiloName { get; set; } = string.Empty;

    /// <summary>The options of a silo by its number.</summary>
    /// <param name="testCluster">The cluster.</param>
    /// <param name="testClusterOptions">The cluster's options.</param>
    /// <param name="instanceNumber">The number.</param>
    /// <param name="assignNewPort">Not used in one process.</param>
    /// <returns>The options.</returns>
    public static InProcessTestSiloSpecificOptions Create(
        InProcessTestCluster testCluster,
        InProcessTestClusterOptions testClusterOptions,
        int instanceNumber,
        bool assignNewPort = false) => new()
        {
            SiloName = $"Silo_{instanceNumber}",
            SiloPort = 11111 + instanceNumber,
            GatewayPort = 30000 + instanceNumber,
        };
}
