using Cloud.Runtime.Tests.Support;
using Orleans.Concurrency;

namespace Cloud.Runtime.Tests;

/// <summary>Time-outs and bounds.</summary>
public sealed class LimitTests(TightCluster tight) : IClassFixture<TightCluster>
{
    private readonly string _key = Stage.NewKey();

    private ILimitGrain Grain => tight.Client.GetGrain<ILimitGrain>(_key);

    private Stage Stage => Stage.At(_key);

    [Fact]
    public async Task A_call_that_outlives_its_time_out_fails_with_a_TimeoutException()
    {
        Task call = Grain.Hold("held", null);
        await Stage.Until("held begins");
        await Assert.ThrowsAsync<TimeoutException>(() => call.InTime());
        Stage.Pass("held");
    }

    [Fact]
    public async Task The_callee_finishes_although_its_caller_has_timed_out()
    {
        await Assert.ThrowsAsync<TimeoutException>(() => Grain.Hold("held", null).InTime());
        Stage.Pass("held");
        await Stage.Until("held ends");
    }

    [Fact]
    public async Task A_time_out_inside_a_grain_reaches_its_caller_as_a_TimeoutException()
    {
        string other = Stage.NewKey();
        await Assert.ThrowsAsync<TimeoutException>(() => Grain.HoldThrough(other).InTime());
        Stage.At(other).Pass("held");
    }

    [Fact]
    public async Task A_method_may_have_a_time_out_of_its_own()
    {
        Task<string> call = Grain.HoldLong("long");
        await Stage.Until("long begins");
        string other = Stage.NewKey();
        await Assert.ThrowsAsync<TimeoutException>(() => tight.Client.GetGrain<ILimitGrain>(other).Hold("held", null).InTime());
        Stage.At(other).Pass("held");
        Stage.Pass("long");
        Assert.Equal("long", await call.InTime());
    }

    [Fact]
    public async Task A_request_that_timed_out_before_it_began_is_not_run()
    {
        ILimitGrain grain = Grain;
        Task held = grain.Hold("held", null);
        await Stage.Until("held begins");
        Task waiting = grain.Note("waited");
        await Assert.ThrowsAsync<TimeoutException>(() => held.InTime());
        await Assert.ThrowsAsync<TimeoutException>(() => waiting.InTime());
        Stage.Pass("held");
        await grain.Note("later").InTime();
        Assert.Equal(["later"], Stage.Notes);
    }

    [Fact]
    public async Task A_request_over_the_limit_of_waiting_ones_is_refused()
    {
        ILimitGrain grain = Grain;
        Task held = grain.Hold("held", null);
        await Stage.Until("held begins");
        Task[] waiting = [.. Enumerable.Range(0, 3 * TightCluster.MailboxLimit).Select(i => grain.Note($"{i}"))];
        LimitExceededException exception = await Assert.ThrowsAsync<LimitExceededException>(async () => await (await Task.WhenAny(waiting)).InTime());
        Assert.Contains(TightCluster.MailboxLimit.ToString(System.Globalization.CultureInfo.InvariantCulture), exception.Message, StringComparison.Ordinal);
        Stage.Pass("held");
        await held.InTime();
        await Task.WhenAll(waiting.Select(task => task.ContinueWith(_ => { }, TaskScheduler.Default))).InTime();
        Assert.Equal(waiting.Count(task => task.IsCompletedSuccessfully), Stage.Notes.Count);
        Assert.All(waiting.Where(task => task.IsFaulted), task => Assert.IsType<LimitExceededException>(task.Exception!.InnerException));
        Assert.InRange(Stage.Notes.Count, 1, TightCluster.MailboxLimit);
    }

    [Fact]
    public async Task A_grain_takes_requests_again_once_its_queue_has_drained()
    {
        ILimitGrain grain = Grain;
        Task held = grain.Hold("held", null);
        await Stage.Until("held begins");
        Task[] waiting = [.. Enumerable.Range(0, 3 * TightCluster.MailboxLimit).Select(i => grain.Note($"{i}"))];
        await Assert.ThrowsAsync<LimitExceededException>(async () => await (await Task.WhenAny(waiting)).InTime());
        Stage.Pass("held");
        await held.InTime();
        await Task.WhenAll(waiting.Select(task => task.ContinueWith(_ => { }, TaskScheduler.Default))).InTime();
        await grain.Note("after").InTime();
        Assert.Equal("after", Stage.Notes[^1]);
    }

    [Fact]
    public async Task A_stateless_worker_runs_as_many_requests_at_once_as_it_may_have_activations()
    {
        IWorkerGrain grain = tight.Client.GetGrain<IWorkerGrain>(_key);
        Task<Guid>[] calls = [grain.Work(_key), grain.Work(_key), grain.Work(_key)];
        await Stage.UntilNotes(2);
        await tight.Client.GetGrain<ILimitGrain>(Stage.NewKey()).Note("elsewhere").InTime();
        Assert.Equal(2, Stage.Notes.Count);
        Stage.Pass("go on");
        Guid[] workers = await Task.WhenAll(calls).InTime();
        Assert.Equal(2, workers.Distinct().Count());
    }

    [Fact]
    public async Task A_stateless_worker_runs_one_request_at_a_time_in_each_activation()
    {
        IWorkerGrain grain = tight.Client.GetGrain<IWorkerGrain>(_key);
        Stage.Pass("go on");
        Guid[] workers = new Guid[40];
        for (int i = 0; i < workers.Length; i++)
        {
            workers[i] = await grain.Work(_key).InTime();
        }

        Assert.InRange(workers.Distinct().Count(), 1, 2);
        Assert.DoesNotContain("overlap", Stage.Notes);
    }
}

internal interface ILimitGrain : IGrainWithStringKey
{
    Task<string> Hold(string point, string? after);

    [ResponseTimeout("00:00:15")]
    Task<string> HoldLong(string point);

    Task HoldThrough(string other);

    Task Note(string text);
}

internal sealed class LimitGrain : Grain, ILimitGrain
{
    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public async Task<string> Hold(string point, string? after)
    {
        Stage.Pass($"{point} begins");
        await Stage.Until(point);
        Stage.Pass($"{point} ends");
        return point;
    }

    public Task<string> HoldLong(string point) => Hold(point, null);

    public Task HoldThrough(string other) => GrainFactory.GetGrain<ILimitGrain>(other).Hold("held", null);

    public Task Note(string text)
    {
        Stage.Note(text);
        return Task.CompletedTask;
    }
}

internal interface IWorkerGrain : IGrainWithStringKey
{
    Task<Guid> Work(string stage);
}

[StatelessWorker(2)]
internal sealed class WorkerGrain : Grain, IWorkerGrain
{
    private readonly Guid _id = Guid.NewGuid();
    private bool _working;

    public async Task<Guid> Work(string stage)
    {
        Stage.At(stage).Note(_working ? "overlap" : "working");
        _working = true;
        await Stage.At(stage).Until("go on");
        _working = false;
        return _id;
    }
}
