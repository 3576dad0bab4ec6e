#if !ORLEANS
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Publishing;
using Cloud.Silo.Publishing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;

namespace Cloud.Host.Tests;

public sealed class GrainPublicationStoreTests : IAsyncLifetime
{
    private static readonly Address Rollup = new([.. Enumerable.Repeat((byte)1, Address.Length)]);
    private static readonly Address Other = new([.. Enumerable.Repeat((byte)2, Address.Length)]);

    private const string Storage = "state";

    private IHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo => silo.AddMemoryGrainStorage(Storage));
        _host = builder.Build();
        await _host.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(TestContext.Current.CancellationToken);
        _host.Dispose();
    }

    [Fact]
    public async Task Of_two_processes_that_write_on_the_same_version_one_goes_on()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        (GrainPublicationStore one, GrainPublicationStore two) = (Open(Rollup), Open(Rollup));
        PublicationLedger first = await one.ReadAsync(token);
        Assert.Equal(0UL, first.Version);
        Assert.True(await one.TryWriteAsync(first with { Version = 1 }, token));
        Assert.False(await two.TryWriteAsync(first with { Version = 1 }, token));
        Assert.Equal(1UL, (await two.ReadAsync(token)).Version);
        Assert.True(await two.TryWriteAsync(first with { Version = 2 }, token));
        Assert.False(await one.TryWriteAsync(first with { Version = 2 }, token));
        Assert.Equal(0UL, (await Open(Other).ReadAsync(token)).Version);
    }

    [Fact]
    public async Task A_payload_that_is_not_there_is_none_and_can_be_let_go_of()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        GrainPublicationStore store = Open(Rollup);
        Hash256 name = new([.. Enumerable.Repeat((byte)3, Hash256.Length)]);
        Assert.Null(await store.GetAsync(name, token));
        await store.RemoveAsync(name, token);
    }

    private GrainPublicationStore Open(Address rollup)
    {
        GrainPublicationStore store = new(rollup);
        store.Connect(_host.Services.GetRequiredKeyedService<IGrainStorage>(Storage));
        return store;
    }
}
#endif
