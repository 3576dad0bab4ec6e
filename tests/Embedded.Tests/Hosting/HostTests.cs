using System.Diagnostics;
using Cloud.Embedded.Tests.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Serialization;

namespace Cloud.Embedded.Tests.Hosting;

public sealed class HostTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_immutable_argument_goes_by_reference_unless_arguments_are_isolated(bool isolate)
    {
        using IHost host = await Start(silo => silo.Configure<EmbeddedOptions>(options => options.IsolateArguments = isolate));
        IEchoGrain grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IEchoGrain>("g");
        Fixed value = new("x");
        Fixed back = await grain.EchoFixed(value);
        Assert.Equal(value, back);
        Assert.Equal(!isolate, ReferenceEquals(value, back));
        await host.StopAsync(Cancellation);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_type_without_the_attribute_is_refused(bool isolate)
    {
        using IHost host = await Start(silo => silo.Configure<EmbeddedOptions>(options => options.IsolateArguments = isolate));
        IEchoGrain grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IEchoGrain>("g");
        await Assert.ThrowsAsync<CodecNotFoundException>(() => grain.Echo(new Loose()));
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_client_in_a_host_of_its_own_finds_the_silo_of_the_process()
    {
        string service = Guid.NewGuid().ToString("N");
        using IHost silo = await Start(silo => silo.UseLocalhostClustering(serviceId: service));
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleansClient(client => client.UseLocalhostClustering(serviceId: service));
        using (IHost client = builder.Build())
        {
            await client.StartAsync(Cancellation);
            Fixed value = new("x");
            Assert.Same(value, await client.Services.GetRequiredService<IClusterClient>().GetGrain<IEchoGrain>("g").EchoFixed(value));
            await client.StopAsync(Cancellation);
        }

        await silo.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_client_without_a_silo_in_the_process_says_so()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleansClient(client => client.UseLocalhostClustering(serviceId: "nowhere"));
        using IHost client = builder.Build();
        SiloUnavailableException failure = await Assert.ThrowsAsync<SiloUnavailableException>(() => client.StartAsync(Cancellation));
        Assert.Contains("nowhere", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_continues_the_trace_of_its_caller_when_asked_to(bool propagate)
    {
        using ActivityListener listener = new()
        {
            ShouldListenTo = static source => source.Name is "Microsoft.Orleans.Application" or "test",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        using ActivitySource source = new("test");
        using IHost host = await Start(silo =>
        {
            if (propagate)
            {
                silo.AddActivityPropagation();
            }
        });
        IEchoGrain grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IEchoGrain>("g");
        using (Activity? root = source.StartActivity("root"))
        {
            Assert.NotNull(root);
            Assert.Equal(propagate ? root.TraceId.ToString() : null, await grain.Trace());
            Assert.Same(root, Activity.Current);
        }

        Assert.Null(await grain.Trace());
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_filter_sees_no_result_of_a_method_without_one()
    {
        List<object?> results = [];
        using IHost host = await Start(silo => silo.AddIncomingGrainCallFilter(async context =>
        {
            await context.Invoke();
            results.Add(context.Result);
        }));
        IEchoGrain grain = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IEchoGrain>("g");
        await grain.Nothing();
        Assert.Null(await grain.Trace());
        Assert.Equal([null, null], results);
        await host.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Ten_thousand_activations_wait_without_holding_a_thread()
    {
        using IHost host = await Start(_ => { });
        IGrainFactory grains = host.Services.GetRequiredService<IGrainFactory>();
        using CancellationTokenSource stop = new();
        Task[] waits = [.. Enumerable.Range(0, 10_000).Select(i => grains.GetGrain<IWorkingGrain>($"{i}").Wait(stop.Token))];
        Assert.NotEmpty(await grains.GetGrain<IWorkingGrain>("another").Home());
        Assert.InRange(ThreadPool.ThreadCount, 0, 200);
        await stop.CancelAsync();
        foreach (Task wait in waits)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        }

        await host.StopAsync(Cancellation);
    }

    [Theory]
    [InlineData(nameof(SiloMessagingOptions.ResponseTimeout))]
    [InlineData(nameof(SiloMessagingOptions.MaxEnqueuedRequestsHardLimit))]
    [InlineData(nameof(GrainCollectionOptions.CollectionAge))]
    [InlineData(nameof(GrainCollectionOptions.CollectionQuantum))]
    [InlineData(nameof(ClusterOptions.ServiceId))]
    [InlineData(nameof(EndpointOptions.SiloPort))]
    public async Task Options_that_break_a_rule_stop_the_start_and_are_named(string option)
    {
        OrleansConfigurationException refusal = await Assert.ThrowsAsync<OrleansConfigurationException>(() => Start(silo =>
        {
            switch (option)
            {
                case nameof(SiloMessagingOptions.ResponseTimeout):
                    silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.Zero);
                    break;
                case nameof(SiloMessagingOptions.MaxEnqueuedRequestsHardLimit):
                    silo.Configure<SiloMessagingOptions>(options => options.MaxEnqueuedRequestsHardLimit = -1);
                    break;
                case nameof(GrainCollectionOptions.CollectionAge):
                    silo.Configure<GrainCollectionOptions>(options => options.CollectionAge = options.CollectionQuantum);
                    break;
                case nameof(GrainCollectionOptions.CollectionQuantum):
                    silo.Configure<GrainCollectionOptions>(options => options.CollectionQuantum = TimeSpan.Zero);
                    break;
                case nameof(ClusterOptions.ServiceId):
                    silo.Configure<ClusterOptions>(options => options.ServiceId = " ");
                    break;
                default:
                    silo.Configure<EndpointOptions>(options => options.SiloPort = 0);
                    break;
            }
        }));
        Assert.Contains($".{option} ", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<IHost> Start(Action<ISiloBuilder> configure)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(serviceId: Guid.NewGuid().ToString("N"));
            configure(silo);
        });
        IHost host = builder.Build();
        await host.StartAsync(Cancellation);
        return host;
    }
}

internal sealed class Loose;

[GenerateSerializer, Immutable]
internal sealed record Fixed([property: Id(0)] string Text);

internal interface IEchoGrain : IGrainWithStringKey
{
    Task<Loose> Echo(Loose value);

    Task<string?> Trace();

    Task Nothing();

    Task<Fixed> EchoFixed(Fixed value);
}

internal sealed class EchoGrain : Grain, IEchoGrain
{
    public Task<Loose> Echo(Loose value) => Task.FromResult(value);

    public async Task<string?> Trace()
    {
        await Task.Yield();
        return Activity.Current?.TraceId.ToString();
    }

    public Task Nothing() => Task.CompletedTask;

    public Task<Fixed> EchoFixed(Fixed value) => Task.FromResult(value);
}
