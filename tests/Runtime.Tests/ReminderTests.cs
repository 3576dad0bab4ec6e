using Cloud.Runtime.Tests.Support;

namespace Cloud.Runtime.Tests;

public sealed class ReminderTests(MainCluster main, RemindingCluster reminding) : IClassFixture<RemindingCluster>
{
    private readonly string _key = Stage.NewKey();

    private IRemindedGrain Slow => main.Client.GetGrain<IRemindedGrain>(_key);

    private IRemindedGrain Quick => reminding.Client.GetGrain<IRemindedGrain>(_key);

    private Stage Stage => Stage.At(_key);

    [Fact]
    public async Task A_registered_reminder_is_found_by_its_name()
    {
        Assert.Equal("watchdog", await Slow.Register("watchdog", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)).InTime());
        Assert.True(await Slow.Has("watchdog").InTime());
        Assert.False(await Slow.Has("another").InTime());
    }

    [Fact]
    public async Task All_reminders_of_a_grain_are_listed_and_no_others()
    {
        await main.Client.GetGrain<IRemindedGrain>(Stage.NewKey()).Register("foreign", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)).InTime();
        await Slow.Register("a", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)).InTime();
        await Slow.Register("b", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2)).InTime();
        Assert.Equal(["a", "b"], (await Slow.Names().InTime()).Order());
    }

    [Fact]
    public async Task Registering_a_name_again_replaces_the_reminder()
    {
        await Slow.Register("a", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)).InTime();
        await Slow.Register("a", TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(2)).InTime();
        Assert.Equal(["a"], await Slow.Names().InTime());
    }

    [Fact]
    public async Task An_unregistered_reminder_is_gone()
    {
        await Slow.Register("a", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)).InTime();
        await Slow.Unregister("a").InTime();
        Assert.False(await Slow.Has("a").InTime());
    }

    [Fact]
    public async Task A_period_below_the_minimum_is_refused()
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Slow.Register("a", TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(59)).InTime());
        Assert.False(await Slow.Has("a").InTime());
    }

    [Fact]
    public async Task A_reminder_without_a_name_is_refused()
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Slow.Register(" ", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)).InTime());
    }

    [Fact]
    public async Task A_grain_that_cannot_be_reminded_is_refused()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => main.Client.GetGrain<IForgetfulGrain>(_key).Register().InTime());
    }

    [Fact]
    public async Task A_reminder_outlives_the_activation_that_registered_it()
    {
        await Slow.Register("a", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)).InTime();
        await main.Cluster.DeactivateAsync(Slow).InTime();
        Assert.True(await Slow.Has("a").InTime());
    }

    [Fact]
    public async Task Ticks_come_again_and_again_with_name_and_period()
    {
        await Quick.Register("tick", TimeSpan.Zero, TimeSpan.FromMilliseconds(50)).InTime();
        IReadOnlyList<string> notes = await Stage.UntilNotes(3);
        Assert.All(notes, note => Assert.Equal("tick every 50 ms", note));
        await Quick.Unregister("tick").InTime();
    }

    [Fact]
    public async Task A_tick_wakes_a_grain_that_was_deactivated()
    {
        await Quick.Register("tick", TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100)).InTime();
        await reminding.Cluster.DeactivateAsync(Quick).InTime();
        await Stage.UntilNotes(1);
        Assert.True(reminding.Cluster.TryGetGrainContext(Quick.GetGrainId(), out _));
        await Quick.Unregister("tick").InTime();
    }

    [Fact]
    public async Task An_unregistered_reminder_ticks_no_more_while_another_one_does()
    {
        await Quick.Register("first", TimeSpan.Zero, TimeSpan.FromMilliseconds(40)).InTime();
        await Stage.UntilNotes(1);
        await Quick.Unregister("first").InTime();
        string fence = Stage.NewKey();
        IRemindedGrain other = reminding.Client.GetGrain<IRemindedGrain>(fence);
        int seen = Stage.Notes.Count;
        await other.Register("second", TimeSpan.Zero, TimeSpan.FromMilliseconds(40)).InTime();
        await Stage.At(fence).UntilNotes(5);

        // A tick that was on its way when the reminder went may still arrive.
        Assert.InRange(Stage.Notes.Count, seen, seen + 1);
        await other.Unregister("second").InTime();
    }

    [Fact]
    public async Task A_failing_tick_does_not_end_the_reminder()
    {
        Stage.Pass("tick fails");
        await Quick.Register("tick", TimeSpan.Zero, TimeSpan.FromMilliseconds(50)).InTime();
        await Stage.UntilNotes(3);
        await Quick.Unregister("tick").InTime();
    }
}

internal interface IRemindedGrain : IGrainWithStringKey
{
    Task<string> Register(string name, TimeSpan due, TimeSpan period);

    Task Unregister(string name);

    Task<bool> Has(string name);

    Task<List<string>> Names();
}

internal sealed class RemindedGrain : Grain, IRemindedGrain, IRemindable
{
    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public async Task<string> Register(string name, TimeSpan due, TimeSpan period) => (await this.RegisterOrUpdateReminder(name, due, period)).ReminderName;

    public async Task Unregister(string name) => await this.UnregisterReminder((await this.GetReminder(name))!);

    public async Task<bool> Has(string name) => await this.GetReminder(name) is not null;

    public async Task<List<string>> Names() => [.. (await this.GetReminders()).Select(reminder => reminder.ReminderName)];

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        Stage.Note($"{reminderName} every {status.Period.TotalMilliseconds} ms");
        return Stage.Passed("tick fails") ? throw new InvalidOperationException("The tick fails.") : Task.CompletedTask;
    }
}

internal interface IForgetfulGrain : IGrainWithStringKey
{
    Task Register();
}

internal sealed class ForgetfulGrain : Grain, IForgetfulGrain
{
    public Task Register() => this.RegisterOrUpdateReminder("a", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
}
