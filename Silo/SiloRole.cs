namespace Cloud.Silo;

/// <summary>What a process of a cluster does.</summary>
public enum SiloRole
{
    /// <summary>All of it: validators, publisher and gateway.</summary>
    Both,

    /// <summary>Hosts validators, publisher and what they talk to. Answers health checks and gives metrics, nothing else. Orleans only.</summary>
    Silo,

    /// <summary>Serves users from a replica of its own, and holds no key. Orleans only.</summary>
    Gateway,
}
