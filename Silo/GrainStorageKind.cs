namespace Cloud.Silo;

/// <summary>Where grains keep their state.</summary>
public enum GrainStorageKind
{
    /// <summary>On disk in the data folder: LMDB, synced on every write. Embedded only.</summary>
    Local,

    /// <summary>In PostgreSQL, through Orleans' ADO.NET providers; the cluster's membership and reminders are there too. Orleans only.</summary>
    PostgreSql,

    /// <summary>In Azure Storage, with the cluster's membership and reminders. Orleans with its Azure providers only.</summary>
    Azure,

    /// <summary>In memory, for tests: a signing ledger on it forgets what it signed.</summary>
    Memory,
}
