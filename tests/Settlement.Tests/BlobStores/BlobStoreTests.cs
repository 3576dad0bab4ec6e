using System.Collections.Immutable;
using System.Net;
using System.Text;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.BlobStores;
using Cloud.Settlement.L1Events;
using Cloud.Settlement.Tests.Support;
using Cloud.Settlement.Transactions;
using Cloud.Testing.BlobStores;

namespace Cloud.Settlement.Tests.BlobStores;

public sealed class BlobStoreTests
{
    private static readonly L1BlockRef Block = new(1, default);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_folder_gives_back_what_was_put_and_nothing_for_other_names()
    {
        using TemporaryFolder folder = new();
        await CheckAsync(new FileBlobStore(folder.Path));
    }

    [Fact]
    [Trait("Category", "EndToEnd")]
    public async Task A_container_gives_back_what_was_put_and_nothing_for_other_names()
    {
        await using AzuriteProcess azurite = await AzuriteProcess.StartAsync(Cancel);
        AzureBlobOptions options = new() { Container = new Uri(azurite.Address, "blobs"), Account = AzuriteProcess.Account, AccountKey = AzuriteProcess.AccountKey };
        Assert.Empty(options.Check());
        using AzureBlobStore store = new(options, TimeProvider.System);
        IOException missing = await Assert.ThrowsAsync<IOException>(() => store.PutAsync(Keccak256.Hash([1]), new byte[] { 1 }, Cancel));
        Assert.Contains("BlobStore:Container", missing.Message, StringComparison.Ordinal);
        await store.CreateContainerAsync(Cancel);
        await store.CreateContainerAsync(Cancel);
        await CheckAsync(store);

        using AzureBlobStore stranger = new(options with { AccountKey = Convert.ToBase64String(new byte[32]) }, TimeProvider.System);
        IOException refused = await Assert.ThrowsAsync<IOException>(() => stranger.GetAsync(Keccak256.Hash([1]), 10, Cancel));
        Assert.Contains("BlobStore:AccountKey", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_tokens_each_request_carries_one_and_an_overloaded_account_is_asked_again()
    {
        using HttpListener server = new();
        int port = FreePort();
        server.Prefixes.Add($"http://127.0.0.1:{port}/");
        server.Start();
        List<string?> seen = [];
        Task serving = Task.Run(
            async () =>
            {
                for (int i = 0; i < 2; i++)
                {
                    HttpListenerContext context = await server.GetContextAsync();
                    seen.Add(context.Request.Headers["Authorization"]);
                    context.Response.StatusCode = i == 0 ? 503 : 200;
                    if (i > 0)
                    {
                        context.Response.ContentLength64 = 2;
                        await context.Response.OutputStream.WriteAsync("ok"u8.ToArray(), Cancel);
                    }

                    context.Response.Close();
                }
            },
            Cancel);
        int tokens = 0;
        AzureBlobOptions options = new() { Container = new Uri($"http://127.0.0.1:{port}/account/blobs"), GetToken = _ => ValueTask.FromResult($"token{++tokens}") };
        Assert.Empty(options.Check());
        using AzureBlobStore store = new(options, TimeProvider.System);
        Bytes? content = await store.GetAsync(Keccak256.Hash([1]), 10, Cancel);
        await serving;
        Assert.Equal("ok", Encoding.ASCII.GetString(content!.Value.Span));
        Assert.Equal(["Bearer token1", "Bearer token2"], seen);
    }

    [Theory]
    [InlineData("http://example.com/blobs", "key", "a2V5")]
    [InlineData("https://example.com/", "key", "a2V5")]
    [InlineData("https://example.com/blobs", null, "a2V5")]
    [InlineData("https://example.com/blobs", "key", "not base64!")]
    [InlineData("https://example.com/blobs", "key", null)]
    public void Settings_that_cannot_work_are_named(string container, string? account, string? key) =>
        Assert.NotEmpty(new AzureBlobOptions { Container = new Uri(container), Account = account, AccountKey = key }.Check());

    [Fact]
    public async Task What_a_store_gives_is_checked_by_its_versioned_hash()
    {
        using TemporaryFolder folder = new();
        FileBlobStore store = new(folder.Path);
        BlobSidecar sidecar = Sidecars.Three;
        BlobArchive archive = new(store, null);
        Assert.True(await archive.KeepAsync(sidecar.VersionedHashes, sidecar.Blobs, Cancel));
        BlobReading.Found found = Assert.IsType<BlobReading.Found>(await archive.ReadAsync(Block, 0, sidecar.VersionedHashes, Cancel));
        Assert.Equal(sidecar.Blobs, found.Blobs);

        // Somebody changes a byte on disk.
        string file = Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).First(file => file.EndsWith(sidecar.VersionedHashes[1].ToString()[2..], StringComparison.Ordinal));
        byte[] content = await File.ReadAllBytesAsync(file, Cancel);
        content[1000] ^= 1;
        await File.WriteAllBytesAsync(file, content, Cancel);
        Assert.IsType<BlobReading.Unavailable>(await archive.ReadAsync(Block, 0, sidecar.VersionedHashes, Cancel));
        Assert.IsType<BlobReading.Found>(await archive.ReadAsync(Block, 0, [sidecar.VersionedHashes[0]], Cancel));
    }

    private static async Task CheckAsync(IBlobStore store)
    {
        BlobSidecar sidecar = Sidecars.One;
        ImmutableArray<Hash256> names = sidecar.VersionedHashes;
        Assert.Null(await store.GetAsync(names[0], Kzg.BlobLength, Cancel));
        await store.PutAsync(names[0], sidecar.Blobs[0], Cancel);
        await store.PutAsync(names[0], sidecar.Blobs[0], Cancel);
        Assert.Equal(sidecar.Blobs[0], await store.GetAsync(names[0], Kzg.BlobLength, Cancel));
        Assert.Null(await store.GetAsync(names[0], Kzg.BlobLength - 1, Cancel));
        Assert.Null(await store.GetAsync(Keccak256.Hash([9]), Kzg.BlobLength, Cancel));
    }

    private static int FreePort()
    {
        using System.Net.Sockets.TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
