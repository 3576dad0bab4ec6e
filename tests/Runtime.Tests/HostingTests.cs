using System.Net;
using System.Net.Sockets;
using Cloud.Runtime.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Cloud.Runtime.Tests;

/// <summary>A silo in a generic host, as the product runs it.</summary>
public sealed class HostingTests
{
    private readonly string _key = Stage.NewKey();

    private Stage Stage => Stage.At(_key);

    [Fact]
    public async Task A_host_with_UseOrleans_serves_grains_to_its_own_services()
    {
        using IHost host = Build(_ => { });
        await host.StartAsync(TestContext.Current.CancellationToken).InTime();
        Assert.Equal(1, await host.Services.GetRequiredService<IGrainFactory>().GetGrain<ILifeGrain>(_key).Touch().InTime());
        Assert.Equal(2, await host.Services.GetRequiredService<IClusterClient>().GetGrain<ILifeGrain>(_key).Touch().InTime());
        await host.StopAsync(TestContext.Current.CancellationToken).InTime();
    }

    [Fact]
    public async Task Stopping_the_host_deactivates_its_grains()
    {
        using IHost host = Build(_ => { });
        await host.StartAsync(TestContext.Current.CancellationToken).InTime();
        await host.Services.GetRequiredService<IGrainFactory>().GetGrain<ILifeGrain>(_key).Touch().InTime();
        await host.StopAsync(TestContext.Current.CancellationToken).InTime();
        Assert.Equal(["constructed", "activated", "deactivated: ShuttingDown"], Stage.Notes);
    }

    [Fact]
    public async Task A_startup_task_calls_grains_before_the_host_has_started()
    {
        using IHost host = Build(builder => builder.UseOrleans(silo => silo.AddStartupTask(async (services, _) =>
        {
            await services.GetRequiredService<IGrainFactory>().GetGrain<ILifeGrain>(_key).Touch();
            Stage.Note("startup task");
        })));
        await host.StartAsync(TestContext.Current.CancellationToken).InTime();
        Assert.Equal(["constructed", "activated", "startup task"], Stage.Notes);
        await host.StopAsync(TestContext.Current.CancellationToken).InTime();
    }

    [Fact]
    public async Task A_hosted_service_registered_after_the_silo_calls_grains_when_it_starts_and_when_it_stops()
    {
        using IHost host = Build(builder => builder.Services.AddHostedService(services =>
            new Caller(() => services.GetRequiredService<IGrainFactory>().GetGrain<ILifeGrain>(_key).Touch(), Stage)));
        await host.StartAsync(TestContext.Current.CancellationToken).InTime();
        await host.StopAsync(TestContext.Current.CancellationToken).InTime();
        Assert.Equal(["constructed", "activated", "touch 1", "touch 2", "deactivated: ShuttingDown"], Stage.Notes);
    }

    [Fact]
    public async Task Mutable_arguments_and_results_are_copied_in_a_host_too()
    {
        using IHost host = Build(_ => { });
        await host.StartAsync(TestContext.Current.CancellationToken).InTime();
        ICallGrain grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<ICallGrain>(_key);
        List<int> sent = [1, 2, 3];
        await grain.Mutate(sent).InTime();
        Assert.Equal([1, 2, 3], sent);
        List<int> kept = await grain.Keep(sent).InTime();
        kept.Add(4);
        sent.Add(5);
        Assert.Equal([1, 2, 3], await grain.Kept().InTime());
        Everything everything = Everything.Sample();
        (await grain.Echo(everything).InTime()).AssertEqual(everything);
        await host.StopAsync(TestContext.Current.CancellationToken).InTime();
    }

    [Fact]
    public async Task Immutable_arguments_arrive_in_a_host_too()
    {
        using IHost host = Build(_ => { });
        await host.StartAsync(TestContext.Current.CancellationToken).InTime();
        ICallGrain grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<ICallGrain>(_key);
        byte[] sent = [1, 2, 3];
        Assert.Equal(6, await grain.SumImmutable(new Immutable<byte[]>(sent)).InTime());
        Assert.Equal(6, await grain.SumMarked(sent).InTime());
        Assert.Equal(6, await grain.SumFrozen(new Frozen(sent)).InTime());
        await host.StopAsync(TestContext.Current.CancellationToken).InTime();
    }

    private static IHost Build(Action<HostApplicationBuilder> configure)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(FreePort(), gatewayPort: 0));
        configure(builder);
        return builder.Build();
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private sealed class Caller(Func<Task<int>> touch, Stage stage) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken) => stage.Note($"touch {await touch()}");

        public async Task StopAsync(CancellationToken cancellationToken) => stage.Note($"touch {await touch()}");
    }
}
