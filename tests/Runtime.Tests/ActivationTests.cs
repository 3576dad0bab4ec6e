using Cloud.Runtime.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Runtime.Tests;

public sealed class ActivationTests(MainCluster main)
{
    private readonly string _key = Stage.NewKey();

    private ILifeGrain Grain => main.Client.GetGrain<ILifeGrain>(_key);

    private Stage Stage => Stage.At(_key);

    [Fact]
    public async Task Getting_a_reference_activates_nothing()
    {
        ILifeGrain grain = Grain;
        Assert.False(main.Cluster.TryGetGrainContext(grain.GetGrainId(), out _));
        await grain.Touch().InTime();
        Assert.True(main.Cluster.TryGetGrainContext(grain.GetGrainId(), out _));
    }

    [Fact]
    public async Task The_first_call_activates_and_later_calls_find_the_same_activation()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Grain.Touch())).InTime();
        Assert.Equal(["constructed", "activated"], Stage.Notes);
    }

    [Fact]
    public async Task Activation_finishes_before_the_first_request_begins()
    {
        Stage.Pass("activation waits");
        Task<int> call = Grain.Touch();
        await Stage.Until("activating");
        Assert.False(call.IsCompleted);
        Stage.Pass("activation goes on");
        await call.InTime();
        Assert.Equal(["constructed", "activated"], Stage.Notes);
    }

    [Fact]
    public async Task DeactivateOnIdle_ends_the_activation_after_the_current_request()
    {
        ILifeGrain grain = Grain;
        await grain.Touch().InTime();
        Task deactivated = main.Cluster.WaitForDeactivationAsync(grain);
        await grain.Leave().InTime();
        await deactivated.InTime();
        Assert.Equal(["constructed", "activated", "left", "deactivated: ApplicationRequested"], Stage.Notes);
    }

    [Fact]
    public async Task A_call_after_deactivation_meets_a_new_activation()
    {
        ILifeGrain grain = Grain;
        Assert.Equal(1, await grain.Touch().InTime());
        Assert.Equal(2, await grain.Touch().InTime());
        await main.Cluster.DeactivateAsync(grain).InTime();
        Assert.Equal(1, await grain.Touch().InTime());
        Assert.Equal(["constructed", "activated", "deactivated: ApplicationRequested", "constructed", "activated"], Stage.Notes);
    }

    [Fact]
    public async Task A_request_that_waits_while_its_activation_ends_is_answered_by_the_next_one()
    {
        ILifeGrain grain = Grain;
        Task leaving = grain.LeaveSlowly();
        await Stage.Until("leaving");
        Task<int>[] waiting = [.. Enumerable.Range(0, 5).Select(_ => grain.Touch())];
        Stage.Pass("leave");
        await leaving.InTime();
        Assert.Equal([1, 2, 3, 4, 5], (await Task.WhenAll(waiting).InTime()).Order());
        Assert.Equal(2, Stage.Notes.Count(note => note == "activated"));
    }

    [Fact]
    public async Task A_failing_activation_fails_the_call_with_its_exception_and_the_next_call_tries_again()
    {
        Stage.Pass("activation fails");
        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(() => Grain.Touch().InTime());
        Assert.Equal("The activation fails.", exception.Message);
        Assert.Equal(1, await Grain.Touch().InTime());
    }

    [Fact]
    public async Task A_failing_deactivation_does_not_keep_the_activation()
    {
        ILifeGrain grain = Grain;
        await grain.Touch().InTime();
        Stage.Pass("deactivation fails");
        await main.Cluster.DeactivateAsync(grain).InTime();
        Assert.Equal(1, await grain.Touch().InTime());
    }

    [Fact]
    public async Task The_next_activation_begins_only_when_the_last_one_has_finished_its_deactivation()
    {
        ILifeGrain grain = Grain;
        await grain.Touch().InTime();
        Stage.Pass("deactivation waits");
        Task deactivated = main.Cluster.DeactivateAsync(grain);
        await Stage.Until("deactivating");
        Task<int> next = grain.Touch();
        await main.Client.GetGrain<ILifeGrain>(Stage.NewKey()).Touch().InTime();
        Assert.False(next.IsCompleted);
        Stage.Pass("deactivation goes on");
        await deactivated.InTime();
        Assert.Equal(1, await next.InTime());
        Assert.Equal(["constructed", "activated", "deactivated: ApplicationRequested", "constructed", "activated"], Stage.Notes);
    }

    [Fact]
    public async Task Both_silos_agree_on_one_activation()
    {
        IGrainFactory[] silos = [.. main.Cluster.Silos.Select(silo => silo.ServiceProvider.GetRequiredService<IGrainFactory>())];
        Assert.Equal(2, silos.Length);
        int[] touches = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => silos[i % 2].GetGrain<ILifeGrain>(_key).Touch())).InTime();
        Assert.Equal(Enumerable.Range(1, 40), touches.Order());
        Assert.Single(Stage.Notes, "activated");
    }

    [Fact]
    public async Task A_grain_is_constructed_with_services_of_its_silo()
    {
        string silo = await Grain.Silo().InTime();
        Assert.Contains(silo, main.Cluster.Silos.Select(handle => handle.SiloAddress.ToString()));
    }

    [Fact]
    public async Task Each_activation_has_its_own_service_scope()
    {
        Assert.NotEqual(
            await main.Client.GetGrain<IScopeGrain>(_key).Scope().InTime(),
            await main.Client.GetGrain<IScopeGrain>(Stage.NewKey()).Scope().InTime());
    }

    [Fact]
    public async Task A_scoped_service_is_disposed_with_its_activation()
    {
        IScopeGrain grain = main.Client.GetGrain<IScopeGrain>(_key);
        Guid scope = await grain.Scope().InTime();
        await main.Cluster.DeactivateAsync(grain).InTime();
        await Stage.At(scope.ToString()).Until("disposed");
    }

    [Fact]
    public async Task A_grain_needs_no_base_class()
    {
        IPlainGrain grain = main.Client.GetGrain<IPlainGrain>(_key);
        Assert.Equal(_key, await grain.Key().InTime());
        await main.Cluster.DeactivateAsync(grain).InTime();
        Assert.Equal(["activated", "deactivated"], Stage.Notes);
    }

    [Fact]
    public async Task Participants_of_the_lifecycle_start_by_stage_before_OnActivateAsync_and_stop_in_reverse_after_OnDeactivateAsync()
    {
        ILifecycleGrain grain = main.Client.GetGrain<ILifecycleGrain>(_key);
        await grain.Touch().InTime();
        await main.Cluster.DeactivateAsync(grain).InTime();
        Assert.Equal(["start setup", "start last", "OnActivateAsync", "OnDeactivateAsync", "stop last", "stop setup"], Stage.Notes);
    }

    [Fact]
    public async Task The_context_of_an_activation_knows_the_grain()
    {
        ILifeGrain grain = Grain;
        await grain.Touch().InTime();
        Assert.True(main.Cluster.TryGetGrainContext(grain.GetGrainId(), out IGrainContext? context));
        Assert.Equal(grain.GetGrainId(), context.GrainId);
        Assert.IsType<LifeGrain>(context.GrainInstance);
        Assert.False(context.Deactivated.IsCompleted);
    }
}

internal interface ILifeGrain : IGrainWithStringKey
{
    /// <summary>Returns how often this activation was touched.</summary>
    Task<int> Touch();

    Task Leave();

    Task LeaveSlowly();

    Task<string> Silo();
}

internal sealed class LifeGrain : Grain, ILifeGrain
{
    private readonly ILocalSiloDetails _silo;
    private int _touches;

    public LifeGrain(ILocalSiloDetails silo)
    {
        _silo = silo;
        Stage.Note("constructed");
    }

    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (Stage.Passed("activation fails") && Stage.Next() == 1)
        {
            throw new InvalidOperationException("The activation fails.");
        }

        if (Stage.Passed("activation waits"))
        {
            Stage.Pass("activating");
            await Stage.Until("activation goes on");
        }

        Stage.Note("activated");
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (Stage.Passed("deactivation fails"))
        {
            throw new InvalidOperationException("The deactivation fails.");
        }

        if (Stage.Passed("deactivation waits"))
        {
            Stage.Pass("deactivating");
            await Stage.Until("deactivation goes on");
        }

        Stage.Note($"deactivated: {reason.ReasonCode}");
    }

    public Task<int> Touch() => Task.FromResult(++_touches);

    public async Task Leave()
    {
        DeactivateOnIdle();
        await Task.Yield();
        Stage.Note("left");
    }

    public async Task LeaveSlowly()
    {
        Stage.Pass("leaving");
        DeactivateOnIdle();
        await Stage.Until("leave");
    }

    public Task<string> Silo() => Task.FromResult(_silo.SiloAddress.ToString());
}

internal interface IScopeGrain : IGrainWithStringKey
{
    Task<Guid> Scope();
}

internal sealed class ScopeGrain(ScopedThing thing) : Grain, IScopeGrain
{
    public Task<Guid> Scope() => Task.FromResult(ServiceProvider.GetRequiredService<ScopedThing>().Id == thing.Id ? thing.Id : Guid.Empty);
}

internal sealed class ScopedThing : IDisposable
{
    public Guid Id { get; } = Guid.NewGuid();

    public void Dispose() => Stage.At(Id.ToString()).Pass("disposed");
}

internal interface IPlainGrain : IGrainWithStringKey
{
    Task<string> Key();
}

internal sealed class PlainGrain(IGrainContext context) : IGrainBase, IPlainGrain
{
    public IGrainContext GrainContext { get; } = context;

    public Task OnActivateAsync(CancellationToken token)
    {
        Stage.At(this.GetPrimaryKeyString()).Note("activated");
        return Task.CompletedTask;
    }

    public Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token)
    {
        Stage.At(this.GetPrimaryKeyString()).Note("deactivated");
        return Task.CompletedTask;
    }

    public Task<string> Key() => Task.FromResult(this.GetPrimaryKeyString());
}

internal interface ILifecycleGrain : IGrainWithStringKey
{
    Task Touch();
}

internal sealed class LifecycleGrain : Grain, ILifecycleGrain, ILifecycleParticipant<IGrainLifecycle>
{
    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public void Participate(IGrainLifecycle lifecycle)
    {
        lifecycle.Subscribe("last", GrainLifecycleStage.Last, _ => Note("start last"), _ => Note("stop last"));
        lifecycle.Subscribe("setup", GrainLifecycleStage.SetupState, _ => Note("start setup"), _ => Note("stop setup"));
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken) => Note("OnActivateAsync");

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Note("OnDeactivateAsync");

    public Task Touch() => Task.CompletedTask;

    private Task Note(string text)
    {
        Stage.Note(text);
        return Task.CompletedTask;
    }
}
