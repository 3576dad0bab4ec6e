#if ORLEANS
namespace Cloud.Silo;

/// <summary>Membership, reminders and grain state in PostgreSQL, through Orleans' ADO.NET providers.</summary>
internal static class PostgreSqlProviders
{
    private const string Invariant = "Npgsql";

    /// <summary>Adds the providers.</summary>
    public static ISiloBuilder Add(ISiloBuilder silo, SiloOptions options)
    {
        silo.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (Invariant, options.StorageConnection));
        silo.UseAdoNetReminderService(reminders => (reminders.Invariant, reminders.ConnectionString) = (Invariant, options.StorageConnection));
        silo.AddAdoNetGrainStorage(SiloBuilderExtensions.StateStorage, storage => (storage.Invariant, storage.ConnectionString) = (Invariant, options.StorageConnection));
        return silo.AddAdoNetGrainStorageAsDefault(storage => (storage.Invariant, storage.ConnectionString) = (Invariant, options.StorageConnection));
    }
}
#endif
