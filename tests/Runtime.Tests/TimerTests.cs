using System.Globalization;
using Cloud.Runtime.Tests.Support;
using Orleans.Concurrency;

namespace Cloud.Runtime.Tests;

/// <summary>All times are in milliseconds after the test's start, on a clock that only the test moves.</summary>
public sealed class TimerTests : IClassFixture<ClockCluster>
{
    private readonly string _key = Stage.NewKey();
    private readonly ClockCluster _cluster;
    private readonly ITimerGrain _grain;
    private readonly DateTimeOffset _start;

    public TimerTests(ClockCluster cluster)
    {
        _cluster = cluster;
        _grain = cluster.Client.GetGrain<ITimerGrain>(_key);
        _start = cluster.Time.GetUtcNow();
    }

    private Stage Stage => Stage.At(_key);

    [Fact]
    public async Task A_one_shot_timer_fires_once_at_its_due_time_and_not_a_millisecond_before()
    {
        await _grain.Start("t", 100, -1).InTime();
        await Advance(99);
        Assert.Empty(Stage.Notes);
        await Advance(1);
        Assert.Equal(["t at 100"], await Stage.UntilNotes(1));
        await Advance(10_000);
        Assert.Equal(["t at 100"], Stage.Notes);
    }

    [Fact]
    public async Task A_timer_with_due_time_zero_fires_at_once()
    {
        await _grain.Start("t", 0, -1).InTime();
        _cluster.Time.Advance(TimeSpan.Zero);
        Assert.Equal(["t at 0"], await Stage.UntilNotes(1));
    }

    [Fact]
    public async Task A_timer_with_infinite_due_time_waits_for_a_change()
    {
        await _grain.Start("t", -1, 50).InTime();
        await Advance(1_000);
        Assert.Empty(Stage.Notes);
        await _grain.Change("t", 10, -1).InTime();
        await Advance(10);
        Assert.Equal(["t at 1010"], await Stage.UntilNotes(1));
    }

    [Fact]
    public async Task A_periodic_timer_ticks_after_each_period()
    {
        await _grain.Start("t", 100, 50).InTime();
        foreach (int step in (int[])[100, 50, 50])
        {
            await Advance(step);
        }

        Assert.Equal(["t at 100", "t at 150", "t at 200"], await Stage.UntilNotes(3));
    }

    [Fact]
    public async Task The_period_counts_from_the_end_of_the_callback()
    {
        await _grain.StartHolding("t", 100, 100, interleave: true).InTime();
        _cluster.Time.Advance(Milliseconds(100));
        await Stage.Until("t 1 begins");
        _cluster.Time.Advance(Milliseconds(50));
        Stage.Pass("t 1 may end");
        await Stage.Until("t 1 ends");
        await Settle();
        await Advance(99);
        Assert.False(Stage.Passed("t 2 begins"));
        await Advance(1);
        await Stage.Until("t 2 begins");
        Assert.Equal("t begins at 250", Stage.Notes[^1]);
        await _grain.Stop("t").InTime();
        Stage.Pass("t 2 may end");
    }

    [Fact]
    public async Task A_tick_waits_for_the_request_in_progress()
    {
        await _grain.Start("t", 100, -1).InTime();
        Task request = _grain.Hold("request", "release");
        await Stage.Until("request begins");
        _cluster.Time.Advance(Milliseconds(100));
        Assert.Equal("here", await _grain.Peek().InTime());
        Assert.Equal(["request begins"], Stage.Notes);
        Stage.Pass("release");
        await request.InTime();
        Assert.Equal(["request begins", "request ends", "t at 100"], await Stage.UntilNotes(3));
    }

    [Fact]
    public async Task An_interleaving_tick_enters_while_a_request_awaits()
    {
        await _grain.Start("t", 100, -1, interleave: true).InTime();
        Task request = _grain.Hold("request", "release");
        await Stage.Until("request begins");
        _cluster.Time.Advance(Milliseconds(100));
        Assert.Equal(["request begins", "t at 100"], await Stage.UntilNotes(2));
        Stage.Pass("release");
        await request.InTime();
    }

    [Fact]
    public async Task A_request_waits_for_a_tick_in_progress()
    {
        await _grain.StartHolding("t", 100, -1, interleave: false).InTime();
        _cluster.Time.Advance(Milliseconds(100));
        await Stage.Until("t 1 begins");
        Task request = _grain.Hold("request", null);
        Assert.Equal("here", await _grain.Peek().InTime());
        Stage.Pass("t 1 may end");
        await request.InTime();
        Assert.Equal(["t begins at 100", "t ends", "request begins", "request ends"], Stage.Notes);
    }

    [Fact]
    public async Task A_request_enters_while_an_interleaving_tick_awaits()
    {
        await _grain.StartHolding("t", 100, -1, interleave: true).InTime();
        _cluster.Time.Advance(Milliseconds(100));
        await Stage.Until("t 1 begins");
        await _grain.Hold("request", null).InTime();
        Stage.Pass("t 1 may end");
        await Stage.Until("t 1 ends");
        Assert.Equal(["t begins at 100", "request begins", "request ends", "t ends"], Stage.Notes);
    }

    [Fact]
    public async Task A_timer_never_overlaps_itself()
    {
        await _grain.StartHolding("t", 100, 100, interleave: true).InTime();
        _cluster.Time.Advance(Milliseconds(100));
        await Stage.Until("t 1 begins");
        await Advance(1_000);
        Assert.False(Stage.Passed("t 2 begins"));
        await _grain.Stop("t").InTime();
        Stage.Pass("t 1 may end");
    }

    [Fact]
    public async Task Change_from_outside_moves_the_next_tick_and_the_period()
    {
        await _grain.Start("t", 100, 100).InTime();
        await Advance(90);
        await _grain.Change("t", 30, 200).InTime();
        await Advance(10);
        Assert.Empty(Stage.Notes);
        await Advance(20);
        await Advance(200);
        Assert.Equal(["t at 120", "t at 320"], await Stage.UntilNotes(2));
    }

    [Fact]
    public async Task Change_inside_the_callback_counts_from_the_end_of_the_callback()
    {
        await _grain.StartChanging("t", 100, dueInside: 30, periodInside: 200).InTime();
        await Advance(100);
        await Advance(30);
        await Advance(200);
        Assert.Equal(["t at 100", "t at 130", "t at 330"], await Stage.UntilNotes(3));
    }

    [Fact]
    public async Task One_shots_armed_to_absolute_deadlines_do_not_drift()
    {
        await _grain.StartDeadlines("t", 100, count: 10, workEach: 30).InTime();
        for (int i = 1; i <= 10; i++)
        {
            DateTimeOffset deadline = _start + Milliseconds(100 * i);
            _cluster.Time.Advance(deadline - _cluster.Time.GetUtcNow());
            await Stage.Until($"t {i} begins");
            _cluster.Time.Advance(Milliseconds(30));
            Stage.Pass($"t {i} may end");
            await Stage.Until($"t {i} ends");
            await Settle();
        }

        Assert.Equal(Enumerable.Range(1, 10).Select(i => string.Create(CultureInfo.InvariantCulture, $"t at {100 * i}")), await Stage.UntilNotes(10));
    }

    [Fact]
    public async Task A_disposed_timer_fires_no_more()
    {
        await _grain.Start("t", 100, 100).InTime();
        await Advance(100);
        await _grain.Stop("t").InTime();
        await Advance(1_000);
        Assert.Equal(["t at 100"], Stage.Notes);
    }

    [Fact]
    public async Task A_timer_may_be_disposed_in_its_own_callback()
    {
        await _grain.StartStopping("t", 100, 100).InTime();
        await Advance(100);
        await Advance(1_000);
        Assert.Equal(["t at 100"], Stage.Notes);
    }

    [Fact]
    public async Task Disposing_a_timer_cancels_the_token_of_its_running_callback()
    {
        await _grain.StartCancellable("t", 100).InTime();
        _cluster.Time.Advance(Milliseconds(100));
        await Stage.Until("t begins");
        await _grain.Stop("t").InTime();
        await Stage.Until("t cancelled");
    }

    [Fact]
    public async Task A_timer_goes_on_after_its_callback_has_thrown()
    {
        await _grain.StartThrowing("t", 100, 100).InTime();
        await Advance(100);
        await Advance(100);
        Assert.Equal(["t at 100", "t at 200"], await Stage.UntilNotes(2));
    }

    [Fact]
    public async Task Timers_end_with_their_activation()
    {
        await _grain.Start("t", 100, 100).InTime();
        await Advance(100);
        await _cluster.Cluster.DeactivateAsync(_grain).InTime();
        await Advance(1_000);
        Assert.Equal(["t at 100"], Stage.Notes);
    }

    [Fact]
    public async Task Two_timers_of_one_grain_are_independent()
    {
        await _grain.Start("a", 100, 100).InTime();
        await _grain.Start("b", 150, 100).InTime();
        foreach (int step in (int[])[100, 50, 50, 50])
        {
            await Advance(step);
        }

        Assert.Equal(["a at 100", "b at 150", "a at 200", "b at 250"], await Stage.UntilNotes(4));
    }

    [Theory]
    [InlineData(-2, 100)]
    [InlineData(100, -2)]
    public async Task Negative_times_other_than_infinite_are_refused(int due, int period)
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _grain.Start("t", due, period).InTime());
    }

    [Fact]
    public async Task Every_overload_of_registration_calls_back_with_its_state()
    {
        await _grain.StartEveryOverload(100).InTime();
        await Advance(100);
        IReadOnlyList<string> notes = await Stage.UntilNotes(8);
        Assert.Equal(["options", "options state", "options state token", "options token", "times", "times state", "times state token", "times token"], notes.Order());
    }

    private static TimeSpan Milliseconds(int value) => value == -1 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(value);

    /// <summary>Moves the clock and waits until the grain has done what it had to do then.</summary>
    private async Task Advance(int milliseconds)
    {
        _cluster.Time.Advance(Milliseconds(milliseconds));
        await Settle();
    }

    /// <summary>A tick is queued at the activation before the clock moves on, so a call that interleaves with nothing else comes back after it.</summary>
    private async Task Settle()
    {
        await _grain.Peek().InTime();
        await _grain.Peek().InTime();
    }
}

internal interface ITimerGrain : IGrainWithStringKey
{
    Task Start(string name, int due, int period, bool interleave = false);

    Task StartHolding(string name, int due, int period, bool interleave);

    Task StartChanging(string name, int due, int dueInside, int periodInside);

    Task StartDeadlines(string name, int interval, int count, int workEach);

    Task StartStopping(string name, int due, int period);

    Task StartCancellable(string name, int due);

    Task StartThrowing(string name, int due, int period);

    Task StartEveryOverload(int due);

    Task Change(string name, int due, int period);

    Task Stop(string name);

    Task Hold(string name, string? holdUntil);

    [AlwaysInterleave]
    Task<string> Peek();
}

internal sealed class TimerGrain(TimeProvider time) : Grain, ITimerGrain
{
    private readonly Dictionary<string, IGrainTimer> _timers = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _start = time.GetUtcNow();

    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public Task Start(string name, int due, int period, bool interleave)
    {
        _timers[name] = this.RegisterGrainTimer(
            () =>
            {
                Stage.Note($"{name} at {Now()}");
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(Milliseconds(due), Milliseconds(period)) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public Task StartHolding(string name, int due, int period, bool interleave)
    {
        int ticks = 0;
        _timers[name] = this.RegisterGrainTimer(
            async () =>
            {
                int tick = ++ticks;
                Stage.Note($"{name} begins at {Now()}");
                Stage.Pass($"{name} {tick} begins");
                await Stage.Until($"{name} {tick} may end");
                Stage.Note($"{name} ends");
                Stage.Pass($"{name} {tick} ends");
            },
            new GrainTimerCreationOptions(Milliseconds(due), Milliseconds(period)) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public Task StartChanging(string name, int due, int dueInside, int periodInside)
    {
        bool changed = false;
        _timers[name] = this.RegisterGrainTimer(
            () =>
            {
                Stage.Note($"{name} at {Now()}");
                if (!changed)
                {
                    changed = true;
                    _timers[name].Change(Milliseconds(dueInside), Milliseconds(periodInside));
                }

                return Task.CompletedTask;
            },
            Milliseconds(due),
            Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    public Task StartDeadlines(string name, int interval, int count, int workEach)
    {
        int ticks = 0;
        _timers[name] = this.RegisterGrainTimer(
            async () =>
            {
                int tick = ++ticks;
                Stage.Note($"{name} at {Now()}");
                Stage.Pass($"{name} {tick} begins");
                await Stage.Until($"{name} {tick} may end");
                if (tick < count)
                {
                    DateTimeOffset deadline = _start + Milliseconds(interval * (tick + 1));
                    _timers[name].Change(deadline - time.GetUtcNow(), Timeout.InfiniteTimeSpan);
                }

                Stage.Pass($"{name} {tick} ends");
            },
            new GrainTimerCreationOptions(Milliseconds(interval), Timeout.InfiniteTimeSpan) { Interleave = true, KeepAlive = true });
        return Task.CompletedTask;
    }

    public Task StartStopping(string name, int due, int period)
    {
        _timers[name] = this.RegisterGrainTimer(
            () =>
            {
                Stage.Note($"{name} at {Now()}");
                _timers[name].Dispose();
                return Task.CompletedTask;
            },
            Milliseconds(due),
            Milliseconds(period));
        return Task.CompletedTask;
    }

    public Task StartCancellable(string name, int due)
    {
        _timers[name] = this.RegisterGrainTimer(
            async cancellationToken =>
            {
                Stage.Pass($"{name} begins");
                TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
                await using (cancellationToken.Register(cancelled.SetResult))
                {
                    await cancelled.Task.WaitAsync(Stage.Deadline, CancellationToken.None);
                }

                Stage.Pass($"{name} cancelled");
            },
            new GrainTimerCreationOptions(Milliseconds(due), Timeout.InfiniteTimeSpan) { Interleave = true });
        return Task.CompletedTask;
    }

    public Task StartThrowing(string name, int due, int period)
    {
        _timers[name] = this.RegisterGrainTimer(
            () =>
            {
                Stage.Note($"{name} at {Now()}");
                throw new InvalidOperationException("The callback fails.");
            },
            Milliseconds(due),
            Milliseconds(period));
        return Task.CompletedTask;
    }

    public Task StartEveryOverload(int due)
    {
        TimeSpan dueTime = Milliseconds(due);
        TimeSpan never = Timeout.InfiniteTimeSpan;
        GrainTimerCreationOptions options = new(dueTime, never);
        this.RegisterGrainTimer(() => Note("times"), dueTime, never);
        this.RegisterGrainTimer(_ => Note("times token"), dueTime, never);
        this.RegisterGrainTimer(state => Note(state), "times state", dueTime, never);
        this.RegisterGrainTimer((state, _) => Note(state), "times state token", dueTime, never);
        this.RegisterGrainTimer(() => Note("options"), options);
        this.RegisterGrainTimer(_ => Note("options token"), options);
        this.RegisterGrainTimer(state => Note(state), "options state", options);
        this.RegisterGrainTimer((state, _) => Note(state), "options state token", options);
        return Task.CompletedTask;

        Task Note(string text)
        {
            Stage.Note(text);
            return Task.CompletedTask;
        }
    }

    public Task Change(string name, int due, int period)
    {
        _timers[name].Change(Milliseconds(due), Milliseconds(period));
        return Task.CompletedTask;
    }

    public Task Stop(string name)
    {
        _timers[name].Dispose();
        return Task.CompletedTask;
    }

    public async Task Hold(string name, string? holdUntil)
    {
        Stage.Note($"{name} begins");
        Stage.Pass($"{name} begins");
        if (holdUntil is not null)
        {
            await Stage.Until(holdUntil);
        }

        Stage.Note($"{name} ends");
    }

    public Task<string> Peek() => Task.FromResult("here");

    private static TimeSpan Milliseconds(int value) => value == -1 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(value);

    private long Now() => (long)(time.GetUtcNow() - _start).TotalMilliseconds;
}
