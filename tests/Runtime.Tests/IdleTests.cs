using Cloud.Runtime.Tests.Support;

namespace Cloud.Runtime.Tests;

/// <summary>Collection of idle activations. A second grain, whose collection the test waits for, stands for the passing of time.</summary>
public sealed class IdleTests(IdleCluster idle) : IClassFixture<IdleCluster>
{
    private readonly string _key = Stage.NewKey();

    private Stage Stage => Stage.At(_key);

    [Fact]
    public async Task An_idle_activation_is_collected()
    {
        await idle.Client.GetGrain<IIdleGrain>(_key).Touch().InTime();
        Assert.Equal(["ActivationIdle"], await Stage.UntilNotes(1));
    }

    [Fact]
    public async Task An_activation_in_the_middle_of_a_request_is_not_collected()
    {
        Task held = idle.Client.GetGrain<IIdleGrain>(_key).Hold();
        await Collections(2);
        Assert.Empty(Stage.Notes);
        Stage.Pass("release");
        await held.InTime();
        Assert.Equal(["ActivationIdle"], await Stage.UntilNotes(1));
    }

    [Fact]
    public async Task DelayDeactivation_keeps_an_idle_activation()
    {
        await idle.Client.GetGrain<IIdleGrain>(_key).Delay(TimeSpan.FromHours(1)).InTime();
        await Collections(2);
        Assert.Empty(Stage.Notes);
    }

    [Fact]
    public async Task KeepAlive_keeps_an_idle_activation()
    {
        await idle.Client.GetGrain<IKeptGrain>(_key).Touch().InTime();
        await Collections(2);
        Assert.Empty(Stage.Notes);
    }

    [Fact]
    public async Task A_collection_age_of_the_class_goes_before_that_of_the_silo()
    {
        await idle.Client.GetGrain<IPatientGrain>(_key).Touch().InTime();
        await Collections(2);
        Assert.Empty(Stage.Notes);
    }

    [Fact]
    public async Task A_timer_does_not_keep_its_activation()
    {
        await idle.Client.GetGrain<IIdleGrain>(_key).Tick(keepAlive: false).InTime();
        Assert.Equal(["ActivationIdle"], await Stage.UntilNotes(1));
    }

    [Fact]
    public async Task A_timer_that_asks_for_it_keeps_its_activation()
    {
        await idle.Client.GetGrain<IIdleGrain>(_key).Tick(keepAlive: true).InTime();
        await Collections(2);
        Assert.Empty(Stage.Notes);
    }

    private async Task Collections(int count)
    {
        for (int i = 0; i < count; i++)
        {
            string other = Stage.NewKey();
            await idle.Client.GetGrain<IIdleGrain>(other).Touch().InTime();
            await Stage.At(other).UntilNotes(1);
        }
    }
}

internal interface IIdleGrain : IGrainWithStringKey
{
    Task Touch();

    Task Hold();

    Task Delay(TimeSpan time);

    Task Tick(bool keepAlive);
}

internal sealed class IdleGrain : Grain, IIdleGrain
{
    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Stage.Note($"{reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task Touch() => Task.CompletedTask;

    public Task Hold() => Stage.Until("release");

    public Task Delay(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public Task Tick(bool keepAlive)
    {
        TimeSpan period = TimeSpan.FromMilliseconds(50);
        this.RegisterGrainTimer(() => Task.CompletedTask, new GrainTimerCreationOptions(period, period) { KeepAlive = keepAlive });
        return Task.CompletedTask;
    }
}

internal interface IKeptGrain : IGrainWithStringKey
{
    Task Touch();
}

[KeepAlive]
internal sealed class KeptGrain : Grain, IKeptGrain
{
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Stage.At(this.GetPrimaryKeyString()).Note($"{reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task Touch() => Task.CompletedTask;
}

internal interface IPatientGrain : IGrainWithStringKey
{
    Task Touch();
}

[CollectionAgeLimit(Minutes = 10)]
internal sealed class PatientGrain : Grain, IPatientGrain
{
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Stage.At(this.GetPrimaryKeyString()).Note($"{reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task Touch() => Task.CompletedTask;
}
