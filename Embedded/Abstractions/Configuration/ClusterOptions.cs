namespace Orleans.Configuration;

/// <summary>The names of a cluster.</summary>
public class ClusterOptions
{
    /// <summary>The cluster, another one after each fresh deployment.</summary>
    public string ClusterId { get; set; } = "default";

    /// <summary>The service, the same over all deployments.</summary>
    public string ServiceId { get; set; } = "default";
}
