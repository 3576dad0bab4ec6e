using Cloud.Runtime.Tests.Support;
using Orleans.Concurrency;

namespace Cloud.Runtime.Tests;

public sealed class TurnTests(MainCluster main)
{
    private readonly string _key = Stage.NewKey();

    [Fact]
    public async Task A_request_holds_the_grain_over_its_awaits()
    {
        ITurnGrain grain = main.Client.GetGrain<ITurnGrain>(_key);
        Stage stage = Stage.At(_key);
        Task first = grain.Work("first", "release");
        await stage.Until("first begins");
        Task second = grain.Work("second");

        // A call to another grain, which goes the same way and completes, gives the second request time to arrive.
        await main.Client.GetGrain<ITurnGrain>(Stage.NewKey()).Work("elsewhere").InTime();
        stage.Pass("release");
        await Task.WhenAll(first, second).InTime();

        Assert.Equal(["first begins", "first ends", "second begins", "second ends"], stage.Notes);
    }

    [Fact]
    public async Task Every_request_of_a_burst_arrives_once_in_whatever_order()
    {
        ITurnGrain grain = main.Client.GetGrain<ITurnGrain>(_key);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(grain.Append)).InTime();
        Assert.Equal(Enumerable.Range(0, 200), (await grain.Appended().InTime()).Order());
    }

    [Fact]
    public async Task Turns_of_one_activation_never_run_at_the_same_time_even_when_requests_interleave()
    {
        IBusyGrain grain = main.Client.GetGrain<IBusyGrain>(_key);
        int[] overlaps = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => grain.Spin(20))).InTime();
        Assert.All(overlaps, overlap => Assert.Equal(0, overlap));
        Assert.Equal(64 * 20, await grain.Turns().InTime());
    }

    [Fact]
    public async Task Different_grains_run_concurrently()
    {
        string other = Stage.NewKey();
        Task first = main.Client.GetGrain<ITurnGrain>(_key).Meet(_key, other);
        Task second = main.Client.GetGrain<ITurnGrain>(other).Meet(other, _key);
        await Task.WhenAll(first, second).InTime();
    }

    [Fact]
    public async Task Many_grains_wait_at_the_same_time_without_holding_threads()
    {
        Task[] waiting = [.. Enumerable.Range(0, 500).Select(i => main.Client.GetGrain<ITurnGrain>($"{_key}{i}").WaitOn(_key))];
        Stage stage = Stage.At(_key);
        await stage.UntilNotes(500);
        stage.Pass("release");
        await Task.WhenAll(waiting).InTime();
    }

    [Fact]
    public async Task Code_after_an_await_is_still_on_the_scheduler_of_the_grain()
    {
        Assert.True(await main.Client.GetGrain<ITurnGrain>(_key).KeepsScheduler().InTime());
    }

    [Fact]
    public async Task A_task_started_by_the_default_factory_runs_as_a_turn_of_the_grain()
    {
        Assert.True(await main.Client.GetGrain<ITurnGrain>(_key).FactoryStaysInside().InTime());
    }

    [Fact]
    public async Task Task_Run_leaves_the_scheduler_of_the_grain_and_comes_back()
    {
        Assert.True(await main.Client.GetGrain<ITurnGrain>(_key).RunLeaves().InTime());
    }

    [Fact]
    public async Task A_call_to_itself_that_is_not_awaited_runs_after_the_current_request()
    {
        await main.Client.GetGrain<ITurnGrain>(_key).CallSelfLater().InTime();
        Assert.Equal(["outer ends", "inner begins", "inner ends"], await Stage.At(_key).UntilNotes(3));
    }

    [Fact]
    public async Task Code_that_left_the_scheduler_of_the_grain_may_call_grains()
    {
        Assert.Equal(1, await main.Client.GetGrain<ITurnGrain>(_key).CallFromOutside(Stage.NewKey()).InTime());
    }

    [Fact]
    public async Task Work_that_nobody_awaits_goes_on_in_turns_of_the_grain_after_the_reply()
    {
        ITurnGrain grain = main.Client.GetGrain<ITurnGrain>(_key);
        await grain.LeaveBehind().InTime();
        Stage stage = Stage.At(_key);
        Assert.Empty(stage.Notes);
        stage.Pass("continue");
        Assert.Equal(["on the scheduler of the grain"], await stage.UntilNotes(1));
    }
}

internal interface ITurnGrain : IGrainWithStringKey
{
    Task Work(string name, string? holdUntil = null);

    Task Append(int value);

    Task<List<int>> Appended();

    Task Meet(string mine, string theirs);

    Task WaitOn(string stage);

    Task<bool> KeepsScheduler();

    Task<bool> FactoryStaysInside();

    Task<bool> RunLeaves();

    Task LeaveBehind();

    Task CallSelfLater();

    Task<int> CallFromOutside(string other);
}

internal sealed class TurnGrain : Grain, ITurnGrain
{
    private readonly List<int> _values = [];

    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public async Task Work(string name, string? holdUntil)
    {
        Stage.Note($"{name} begins");
        Stage.Pass($"{name} begins");
        await Task.Yield();
        if (holdUntil is not null)
        {
            await Stage.Until(holdUntil);
        }

        Stage.Note($"{name} ends");
    }

    public Task Append(int value)
    {
        _values.Add(value);
        return Task.CompletedTask;
    }

    public Task<List<int>> Appended() => Task.FromResult(_values);

    public async Task Meet(string mine, string theirs)
    {
        Stage.At(mine).Pass("here");
        await Stage.At(theirs).Until("here");
    }

    public async Task WaitOn(string stage)
    {
        Stage.At(stage).Note("waiting");
        await Stage.At(stage).Until("release");
    }

    public async Task<bool> KeepsScheduler()
    {
        TaskScheduler before = TaskScheduler.Current;
        await Task.Yield();
        await Task.Run(() => { });
        return before != TaskScheduler.Default && before == TaskScheduler.Current;
    }

    public async Task<bool> FactoryStaysInside()
    {
        TaskScheduler mine = TaskScheduler.Current;
        return await Task.Factory.StartNew(() => TaskScheduler.Current == mine, CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Current);
    }

    public async Task<bool> RunLeaves()
    {
        TaskScheduler mine = TaskScheduler.Current;
        bool left = await Task.Run(() => TaskScheduler.Current == TaskScheduler.Default);
        return left && TaskScheduler.Current == mine;
    }

    public async Task CallSelfLater()
    {
        Task later = this.AsReference<ITurnGrain>().Work("inner");
        await Task.Yield();
        Assert.False(later.IsCompleted);
        Stage.Note("outer ends");
    }

    public async Task<int> CallFromOutside(string other)
    {
        ITurnGrain grain = GrainFactory.GetGrain<ITurnGrain>(other);
        await Task.Run(() => grain.Append(1));
        return await Task.Run(async () => (await grain.Appended()).Count);
    }

    public Task LeaveBehind()
    {
        _ = Later(TaskScheduler.Current);
        return Task.CompletedTask;

        async Task Later(TaskScheduler mine)
        {
            await Stage.Until("continue");
            Stage.Note(TaskScheduler.Current == mine ? "on the scheduler of the grain" : "elsewhere");
        }
    }
}

internal interface IBusyGrain : IGrainWithStringKey
{
    Task<int> Spin(int turns);

    Task<int> Turns();
}

[Reentrant]
internal sealed class BusyGrain : Grain, IBusyGrain
{
    private int _inside;
    private int _turns;

    public async Task<int> Spin(int turns)
    {
        int overlaps = 0;
        for (int i = 0; i < turns; i++)
        {
            if (Interlocked.Increment(ref _inside) != 1)
            {
                overlaps++;
            }

            Thread.SpinWait(200);

            // Not interlocked on purpose: lost updates would show.
            _turns++;
            Interlocked.Decrement(ref _inside);
            await Task.Yield();
        }

        return overlaps;
    }

    public Task<int> Turns() => Task.FromResult(_turns);
}
