#if AZURE_PROVIDERS
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;

namespace Cloud.Silo;

/// <summary>Membership and reminders in Azure Tables, grain state in Azure Blobs, by the process's managed identity.</summary>
internal static class AzureProviders
{
    /// <summary>Adds the providers. The connection is the blob endpoint of the storage account, such as https://NAME.blob.core.windows.net.</summary>
    public static ISiloBuilder Add(ISiloBuilder silo, SiloOptions options)
    {
        DefaultAzureCredential identity = new();
        Uri blobs = new(options.StorageConnection);
        Uri tables = new UriBuilder(blobs) { Host = blobs.Host.Replace(".blob.", ".table.", StringComparison.Ordinal) }.Uri;
        silo.UseAzureStorageClustering(clustering => clustering.TableServiceClient = new TableServiceClient(tables, identity));
        silo.UseAzureTableReminderService(reminders => reminders.TableServiceClient = new TableServiceClient(tables, identity));
        silo.AddAzureBlobGrainStorage(SiloBuilderExtensions.SubscriptionStorage, storage => storage.BlobServiceClient = new BlobServiceClient(blobs, identity));
        silo.AddAzureBlobGrainStorage(SiloBuilderExtensions.StateStorage, storage => storage.BlobServiceClient = new BlobServiceClient(blobs, identity));
        return silo.AddAzureBlobGrainStorageAsDefault(storage => storage.BlobServiceClient = new BlobServiceClient(blobs, identity));
    }
}
#endif
