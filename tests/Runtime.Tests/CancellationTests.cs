using Cloud.Runtime.Tests.Support;
using Orleans.Concurrency;

namespace Cloud.Runtime.Tests;

public sealed class CancellationTests(MainCluster main)
{
    private readonly string _key = Stage.NewKey();

    private ICancelGrain Grain => main.Client.GetGrain<ICancelGrain>(_key);

    private Stage Stage => Stage.At(_key);

    [Fact]
    public async Task Cancelling_reaches_the_callee_and_ends_the_call()
    {
        using CancellationTokenSource source = new();
        Task call = Grain.WaitForCancellation(source.Token);
        await Stage.Until("waiting");
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        await Stage.Until("cancelled");
    }

    [Fact]
    public async Task Cancelling_reaches_a_callee_two_calls_away()
    {
        using CancellationTokenSource source = new();
        string other = Stage.NewKey();
        Task call = Grain.WaitThrough(other, source.Token);
        await Stage.At(other).Until("waiting");
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        await Stage.At(other).Until("cancelled");
    }

    [Fact]
    public async Task A_callee_that_ignores_the_token_does_not_keep_the_caller_waiting()
    {
        using CancellationTokenSource source = new();
        Task call = Grain.Ignore(source.Token);
        await Stage.Until("ignoring");
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.InTime());
        Assert.False(Stage.Passed("ignored"));
        Stage.Pass("go on");
        await Stage.Until("ignored");
    }

    [Fact]
    public async Task A_cancelled_token_keeps_the_call_from_being_made()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Grain.Count(new CancellationToken(canceled: true)).InTime());
        Assert.Equal(1, await Grain.Count(TestContext.Current.CancellationToken).InTime());
    }

    [Fact]
    public async Task A_token_that_is_never_cancelled_changes_nothing()
    {
        using CancellationTokenSource source = new();
        Assert.Equal(1, await Grain.Count(source.Token).InTime());
        await source.CancelAsync();
        Assert.Equal(2, await Grain.Count(CancellationToken.None).InTime());
    }

    [Fact]
    public async Task Cancelling_a_request_that_still_waits_ends_the_call_and_its_grain_never_starts_it()
    {
        using CancellationTokenSource source = new();
        Task holding = Grain.Ignore(CancellationToken.None);
        await Stage.Until("ignoring");
        Task<int> waiting = Grain.Count(source.Token);
        await Settle();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.InTime());
        await Settle();
        Stage.Pass("go on");
        await holding.InTime();
        Assert.Equal(1, await Grain.Count(CancellationToken.None).InTime());
    }

    /// <summary>Messages have no promised order; calls that go the same way and come back give the earlier ones time to arrive.</summary>
    private async Task Settle()
    {
        for (int i = 0; i < 20; i++)
        {
            await Grain.Peek().InTime();
        }
    }
}

internal interface ICancelGrain : IGrainWithStringKey
{
    Task WaitForCancellation(CancellationToken cancellationToken);

    Task WaitThrough(string other, CancellationToken cancellationToken);

    Task Ignore(CancellationToken cancellationToken);

    Task<int> Count(CancellationToken cancellationToken);

    [AlwaysInterleave]
    Task Peek();
}

internal sealed class CancelGrain : Grain, ICancelGrain
{
    private int _count;

    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public async Task WaitForCancellation(CancellationToken cancellationToken)
    {
        Stage.Pass("waiting");
        try
        {
            await Task.Delay(Stage.Deadline, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Stage.Pass("cancelled");
            throw;
        }
    }

    public Task WaitThrough(string other, CancellationToken cancellationToken) =>
        GrainFactory.GetGrain<ICancelGrain>(other).WaitForCancellation(cancellationToken);

    public async Task Ignore(CancellationToken cancellationToken)
    {
        Stage.Pass("ignoring");
        await Stage.Until("go on");
        Stage.Pass("ignored");
    }

    public Task<int> Count(CancellationToken cancellationToken) => Task.FromResult(++_count);

    public Task Peek() => Task.CompletedTask;
}
