using Cloud.Runtime.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Placement;
using Orleans.Runtime.Hosting;
using Orleans.TestingHost;

namespace Cloud.Runtime.Tests;

/// <summary>Silos that come and go. Each test has a cluster of its own.</summary>
public sealed class MembershipTests : IAsyncLifetime
{
    private readonly string _key = Stage.NewKey();
    private readonly InProcessTestCluster _cluster;

    public MembershipTests()
    {
        InProcessTestClusterBuilder builder = new(2);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) => silo.Services.AddGrainStorage("shared", (_, _) => new SharedStorage()));
        _cluster = builder.Build();
    }

    private Stage Stage => Stage.At(_key);

    public async ValueTask InitializeAsync() => await _cluster.DeployAsync();

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Two_silos_start_by_default_and_one_more_on_request()
    {
        Assert.Equal(2, _cluster.Silos.Count);
        InProcessSiloHandle added = await _cluster.StartAdditionalSiloAsync().InTime();
        Assert.Equal(3, _cluster.Silos.Count);
        Assert.True(added.IsActive);
        Assert.Equal(3, _cluster.Silos.Select(silo => silo.SiloAddress).Distinct().Count());
    }

    [Fact]
    public async Task A_grain_of_a_stopped_silo_lives_on_another_one_with_its_state()
    {
        await Set(_cluster.Client, 7);
        InProcessSiloHandle host = await Host();
        IGrainFactory survivor = Survivor(host);
        await _cluster.StopSiloAsync(host).InTime();
        Assert.Equal(7, (await Get(survivor)).Value);
        Assert.NotEqual(host.SiloAddress, (await Host()).SiloAddress);
    }

    [Fact]
    public async Task A_graceful_stop_deactivates_the_grains_of_the_silo()
    {
        await Set(_cluster.Client, 7);
        await _cluster.StopSiloAsync(await Host()).InTime();
        Assert.Equal(["deactivated: ShuttingDown"], Stage.Notes);
    }

    [Fact]
    public async Task A_graceful_stop_waits_for_the_request_in_progress()
    {
        await Set(_cluster.Client, 7);
        InProcessSiloHandle host = await Host();
        Task<int> held = Survivor(host).GetGrain<IMovingGrain>(_key).Hold();
        await Stage.Until("holding");
        Task stopping = _cluster.StopSiloAsync(host);
        Stage.Note("released");
        Stage.Pass("release");
        Assert.Equal(7, await held.InTime());
        await stopping.InTime();
        Assert.Equal(["released", "held", "deactivated: ShuttingDown"], Stage.Notes);
    }

    [Fact]
    public async Task A_grain_of_a_killed_silo_lives_on_another_one_with_the_state_it_wrote()
    {
        await Set(_cluster.Client, 7);
        InProcessSiloHandle host = await Host();
        IGrainFactory survivor = Survivor(host);
        await _cluster.KillSiloAsync(host).InTime();
        await _cluster.WaitForLivenessToStabilizeAsync(didKill: true).InTime();
        Assert.Equal(7, (await Get(survivor)).Value);
        Assert.Single(_cluster.Silos);
    }

    [Fact]
    public async Task A_restarted_silo_serves_grains_again()
    {
        InProcessSiloHandle? restarted = await _cluster.RestartSiloAsync(_cluster.Silos[1]).InTime();
        Assert.NotNull(restarted);
        Assert.Equal(2, _cluster.Silos.Count);
        IGrainFactory factory = restarted.ServiceProvider.GetRequiredService<IGrainFactory>();
        await Set(factory, 8);
        Assert.Equal(8, (await Get(factory)).Value);
    }

    [Fact]
    public async Task The_client_keeps_working_while_silos_restart()
    {
        await Set(_cluster.Client, 1);
        await _cluster.RestartSiloAsync(_cluster.Silos[1]).InTime();
        Assert.Equal(1, (await Get(_cluster.Client)).Value);
    }

    [Fact]
    public async Task Placement_attributes_are_accepted()
    {
        Assert.Equal("local", await _cluster.Client.GetGrain<ILocalGrain>(_key).Name().InTime());
        Assert.Equal("random", await _cluster.Client.GetGrain<IRandomGrain>(_key).Name().InTime());
        Assert.Equal("hashed", await _cluster.Client.GetGrain<IHashedGrain>(_key).Name().InTime());
        Assert.Equal("counted", await _cluster.Client.GetGrain<ICountedGrain>(_key).Name().InTime());
        Assert.Equal("optimized", await _cluster.Client.GetGrain<IOptimizedGrain>(_key).Name().InTime());
    }

    private async Task Set(IGrainFactory factory, int value) => await factory.GetGrain<IMovingGrain>(_key).Set(value).InTime();

    private async Task<StateView> Get(IGrainFactory factory) => await factory.GetGrain<IMovingGrain>(_key).View().InTime();

    private async Task<InProcessSiloHandle> Host()
    {
        string address = await _cluster.Client.GetGrain<IMovingGrain>(_key).Silo().InTime();
        return _cluster.Silos.Single(silo => silo.SiloAddress.ToString() == address);
    }

    private IGrainFactory Survivor(InProcessSiloHandle leaving) => _cluster.Silos.First(silo => silo != leaving).ServiceProvider.GetRequiredService<IGrainFactory>();
}

internal interface IMovingGrain : IGrainWithStringKey
{
    Task Set(int value);

    Task<StateView> View();

    Task<int> Hold();

    Task<string> Silo();
}

internal sealed class MovingGrain([PersistentState("account", "shared")] IPersistentState<Account> account, ILocalSiloDetails silo) : Grain, IMovingGrain
{
    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Stage.Note($"deactivated: {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task Set(int value)
    {
        account.State.Value = value;
        return account.WriteStateAsync();
    }

    public Task<StateView> View() => Task.FromResult(new StateView(account.State.Value, account.RecordExists, account.Etag));

    public async Task<int> Hold()
    {
        Stage.Pass("holding");
        await Stage.Until("release");
        Stage.Note("held");
        return account.State.Value;
    }

    public Task<string> Silo() => Task.FromResult(silo.SiloAddress.ToString());
}

internal interface ILocalGrain : IGrainWithStringKey
{
    Task<string> Name();
}

[PreferLocalPlacement]
[Immovable]
internal sealed class LocalGrain : Grain, ILocalGrain
{
    public Task<string> Name() => Task.FromResult("local");
}

internal interface IRandomGrain : IGrainWithStringKey
{
    Task<string> Name();
}

[RandomPlacement]
internal sealed class RandomGrain : Grain, IRandomGrain
{
    public Task<string> Name() => Task.FromResult("random");
}

internal interface IHashedGrain : IGrainWithStringKey
{
    Task<string> Name();
}

[HashBasedPlacement]
internal sealed class HashedGrain : Grain, IHashedGrain
{
    public Task<string> Name() => Task.FromResult("hashed");
}

internal interface ICountedGrain : IGrainWithStringKey
{
    Task<string> Name();
}

[ActivationCountBasedPlacement]
internal sealed class CountedGrain : Grain, ICountedGrain
{
    public Task<string> Name() => Task.FromResult("counted");
}

internal interface IOptimizedGrain : IGrainWithStringKey
{
    Task<string> Name();
}

[ResourceOptimizedPlacement]
internal sealed class OptimizedGrain : Grain, IOptimizedGrain
{
    public Task<string> Name() => Task.FromResult("optimized");
}
