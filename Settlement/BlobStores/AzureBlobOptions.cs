namespace Cloud.Settlement.BlobStores;

/// <summary>Where an Azure Blob container is, and how to be let in: with an account key, or with tokens.</summary>
public sealed record AzureBlobOptions
{
    /// <summary>The container, such as https://account.blob.core.windows.net/blobs. Plain http only for an emulator on this machine.</summary>
    public required Uri Container { get; init; }

    /// <summary>Name of the storage account; needed with a key.</summary>
    public string? Account { get; init; }

    /// <summary>The account's key, in base64. Null for tokens.</summary>
    public string? AccountKey { get; init; }

    /// <summary>Gives an OAuth token for https://storage.azure.com/, for instance of a managed identity. Null for a key.</summary>
    public Func<CancellationToken, ValueTask<string>>? GetToken { get; init; }

    /// <summary>How long one request may take; from 100 ms to 5 min.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a request is tried, 1 to 10.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>Checks the values.</summary>
    /// <returns>A sentence for each that breaks its rule; none where all are good.</returns>
    public IEnumerable<string> Check()
    {
        bool isLocal = Container.IsAbsoluteUri && Container.IsLoopback;
        if (!Container.IsAbsoluteUri || (Container.Scheme != Uri.UriSchemeHttps && !(isLocal && Container.Scheme == Uri.UriSchemeHttp)) || Container.AbsolutePath.Trim('/').Length == 0)
        {
            yield return $"BlobStore:Container is '{Container}'; it is the https address of a container.";
        }

        if (AccountKey is null == GetToken is null)
        {
            yield return "BlobStore:AccountKey or a token source is needed, and not both.";
        }

        if (AccountKey is not null && (string.IsNullOrEmpty(Account) || !Convert.TryFromBase64String(AccountKey, new byte[AccountKey.Length], out _)))
        {
            yield return "BlobStore:Account is the account's name and BlobStore:AccountKey its key in base64; one of them is not.";
        }

        if (RequestTimeout < TimeSpan.FromMilliseconds(100) || RequestTimeout > TimeSpan.FromMinutes(5))
        {
            yield return $"BlobStore:RequestTimeout is {RequestTimeout}; it is from 100 ms to 5 min.";
        }

        if (Attempts is < 1 or > 10)
        {
            yield return $"BlobStore:Attempts is {Attempts}; it is from 1 to 10.";
        }
    }
}
