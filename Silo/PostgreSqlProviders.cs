#if ORLEANS
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Storage;

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
        foreach (string name in (string[])[SiloBuilderExtensions.StateStorage, SiloBuilderExtensions.SubscriptionStorage])
        {
            silo.AddAdoNetGrainStorage(name, storage => Set(storage, options));
        }

        return silo.AddAdoNetGrainStorageAsDefault(storage => Set(storage, options));
    }

    private static void Set(OptionsBuilder<AdoNetGrainStorageOptions> storage, SiloOptions options) => storage.Configure<Orleans.Serialization.Serializer>((its, serializer) =>
        (its.Invariant, its.ConnectionString, its.GrainStorageSerializer) = (Invariant, options.StorageConnection, new OrleansGrainStorageSerializer(serializer)));
}
#endif
