namespace Cloud.Silo;

/// <summary>How a silo runs. Bound from the section <c>Silo</c>.</summary>
public sealed class SiloOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Silo";

    /// <summary>The folder for journals, world state and local grain storage. It belongs to one process at a time.</summary>
    public string DataFolder { get; set; } = "data";

    /// <summary>What this process does.</summary>
    public SiloRole Role { get; set; } = SiloRole.Both;

    /// <summary>Silos of one cluster share it. Two clusters on one store would be two signers.</summary>
    public string ClusterId { get; set; } = "local";

    /// <summary>Names what outlives a cluster, such as stored grain state.</summary>
    public string ServiceId { get; set; } = "preconf-cloud";

    /// <summary>Where grains keep their state.</summary>
    public GrainStorageKind GrainStorage { get; set; } = DefaultStorage;

    /// <summary>For PostgreSQL: the connection string; for Azure: the storage account's URL. Not used otherwise.</summary>
    public string StorageConnection { get; set; } = "";

    /// <summary>The TCP port between silos, 1 to 65535. Not used by Embedded.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>The TCP port for cluster clients, 1 to 65535. Not used by Embedded.</summary>
    public int ClientPort { get; set; } = 30000;

    /// <summary>The IP address at which other processes reach this silo, where it is not its own, as behind a platform's ingress; empty for its own. Not used by Embedded.</summary>
    public string AdvertisedAddress { get; set; } = "";

    /// <summary>How often the silos of a cluster ask each other whether they live, 200 ms to 1 min. One that does not answer twice is taken for dead, and others go on with its work. Not used by Embedded.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether other processes share this one's grain storage.</summary>
    public bool IsClustered => GrainStorage is GrainStorageKind.PostgreSql or GrainStorageKind.Azure;

#if ORLEANS
    private const GrainStorageKind DefaultStorage = GrainStorageKind.PostgreSql;
#else
    private const GrainStorageKind DefaultStorage = GrainStorageKind.Local;
#endif
}
