#if !ORLEANS
using Cloud.Embedded.Hosting;

namespace Cloud.Silo;

/// <summary>Grain state on disk in the data folder. Reminders are in memory: grains register theirs again when they are activated.</summary>
internal static class LocalProviders
{
    /// <summary>Adds the providers.</summary>
    public static ISiloBuilder Add(ISiloBuilder silo, SiloOptions options)
    {
        string folder = Path.Combine(options.DataFolder, "grains");
        return silo
            .AddLmdbGrainStorage(SiloBuilderExtensions.StateStorage, storage => storage.Directory = folder)
            .AddLmdbGrainStorageAsDefault(storage => storage.Directory = folder)
            .UseInMemoryReminderService();
    }
}
#endif
