using Cloud.Runtime.Tests.Support;
using Orleans.Concurrency;
using Orleans.Serialization.Invocation;

namespace Cloud.Runtime.Tests;

public sealed class ReentrancyTests(MainCluster main, TightCluster tight) : IClassFixture<TightCluster>
{
    private readonly string _key = Stage.NewKey();

    [Fact]
    public async Task A_reentrant_grain_takes_a_request_while_another_awaits()
    {
        IReentrantGrain grain = main.Client.GetGrain<IReentrantGrain>(_key);
        Task first = grain.Hold();
        await Stage.At(_key).Until("holding");
        await grain.Release().InTime();
        await first.InTime();
    }

    [Fact]
    public async Task An_always_interleaving_method_enters_while_an_ordinary_request_awaits()
    {
        IMixedGrain grain = main.Client.GetGrain<IMixedGrain>(_key);
        Task held = grain.Write("hold");
        await Stage.At(_key).Until("hold begins");
        Assert.Equal("peeked", await grain.Peek().InTime());
        Stage.At(_key).Pass("hold");
        await held.InTime();
    }

    [Fact]
    public async Task An_ordinary_request_enters_while_an_always_interleaving_one_awaits()
    {
        IMixedGrain grain = main.Client.GetGrain<IMixedGrain>(_key);
        Task held = grain.PeekAndHold("hold");
        await Stage.At(_key).Until("hold begins");
        await grain.Write(null).InTime();
        Stage.At(_key).Pass("hold");
        await held.InTime();
    }

    [Fact]
    public async Task Read_only_requests_interleave_with_each_other()
    {
        IMixedGrain grain = main.Client.GetGrain<IMixedGrain>(_key);
        Task first = grain.Read("first");
        await Stage.At(_key).Until("first begins");
        Task second = grain.Read("second");
        await Stage.At(_key).Until("second begins");
        Stage.At(_key).Pass("second");
        await second.InTime();
        Stage.At(_key).Pass("first");
        await first.InTime();
    }

    [Fact]
    public async Task A_read_only_request_waits_for_a_writing_one()
    {
        IMixedGrain grain = main.Client.GetGrain<IMixedGrain>(_key);
        Task write = grain.Write("write");
        await Stage.At(_key).Until("write begins");
        Task read = grain.Read(null);
        Assert.Equal("peeked", await grain.Peek().InTime());
        Stage.At(_key).Note("released");
        Stage.At(_key).Pass("write");
        await Task.WhenAll(write, read).InTime();
        Assert.Equal(["write begins", "released", "write ends", "read begins", "read ends"], Stage.At(_key).Notes);
    }

    [Fact]
    public async Task A_writing_request_waits_for_a_read_only_one()
    {
        IMixedGrain grain = main.Client.GetGrain<IMixedGrain>(_key);
        Task read = grain.Read("read");
        await Stage.At(_key).Until("read begins");
        Task write = grain.Write(null);
        Assert.Equal("peeked", await grain.Peek().InTime());
        Stage.At(_key).Note("released");
        Stage.At(_key).Pass("read");
        await Task.WhenAll(write, read).InTime();
        Assert.Equal(["read begins", "released", "read ends", "write begins", "write ends"], Stage.At(_key).Notes);
    }

    [Fact]
    public async Task The_predicate_of_may_interleave_lets_in_the_requests_it_accepts()
    {
        IPredicateGrain grain = main.Client.GetGrain<IPredicateGrain>(_key);
        Task held = grain.Do("ordinary", "hold");
        await Stage.At(_key).Until("ordinary begins");
        await grain.Do("urgent", null).InTime();
        Stage.At(_key).Pass("hold");
        await held.InTime();
        Assert.Equal(["ordinary begins", "urgent begins", "urgent ends", "ordinary ends"], Stage.At(_key).Notes);
    }

    [Fact]
    public async Task The_predicate_of_may_interleave_keeps_out_the_requests_it_refuses()
    {
        IPredicateGrain grain = main.Client.GetGrain<IPredicateGrain>(_key);
        Task held = grain.Do("ordinary", "hold");
        await Stage.At(_key).Until("ordinary begins");
        Task second = grain.Do("another", null);
        await grain.Do("urgent", null).InTime();
        Stage.At(_key).Pass("hold");
        await Task.WhenAll(held, second).InTime();
        Assert.Equal(["ordinary begins", "urgent begins", "urgent ends", "ordinary ends", "another begins", "another ends"], Stage.At(_key).Notes);
    }

    [Fact]
    public async Task A_grain_may_call_back_into_its_caller_within_a_reentrant_call_chain()
    {
        IChainGrain grain = main.Client.GetGrain<IChainGrain>(_key);
        Assert.Equal(3, await grain.Descend(_key, $"{_key}-other", 3, allow: true).InTime());
    }

    [Fact]
    public async Task A_reentrant_call_chain_lets_nobody_else_in()
    {
        IChainGrain grain = main.Client.GetGrain<IChainGrain>(_key);
        Task chain = grain.HoldInChain($"{_key}-other");
        await Stage.At(_key).Until("in chain");
        Task stranger = grain.Touch("stranger");
        await main.Client.GetGrain<IChainGrain>(Stage.NewKey()).Touch("elsewhere").InTime();
        Stage.At(_key).Note("released");
        Stage.At(_key).Pass("release");
        await Task.WhenAll(chain, stranger).InTime();
        Assert.Equal(["chain", "released", "stranger"], Stage.At(_key).Notes);
    }

    [Fact]
    public async Task A_call_cycle_between_grains_that_are_not_reentrant_ends_in_a_time_out()
    {
        IChainGrain grain = tight.Client.GetGrain<IChainGrain>(_key);
        await Assert.ThrowsAsync<TimeoutException>(() => grain.Descend(_key, $"{_key}-other", 3, allow: false).InTime());
    }

    [Fact]
    public async Task A_grain_that_awaits_a_call_to_itself_ends_in_a_time_out()
    {
        IChainGrain grain = tight.Client.GetGrain<IChainGrain>(_key);
        await Assert.ThrowsAsync<TimeoutException>(() => grain.CallSelf().InTime());
    }

    [Fact]
    public async Task A_grain_works_again_after_its_call_cycle_has_timed_out()
    {
        IChainGrain grain = tight.Client.GetGrain<IChainGrain>(_key);
        await Assert.ThrowsAsync<TimeoutException>(() => grain.Descend(_key, $"{_key}-other", 2, allow: false).InTime());
        await grain.Touch("again").InTime();
        Assert.Contains("again", Stage.At(_key).Notes);
    }

    [Fact]
    public async Task Suppressing_a_reentrant_call_chain_brings_the_time_out_back()
    {
        IChainGrain grain = tight.Client.GetGrain<IChainGrain>(_key);
        await Assert.ThrowsAsync<TimeoutException>(() => grain.DescendSuppressed($"{_key}-other").InTime());
    }
}

internal interface IReentrantGrain : IGrainWithStringKey
{
    Task Hold();

    Task Release();
}

[Reentrant]
internal sealed class ReentrantGrain : Grain, IReentrantGrain
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Hold()
    {
        Stage.At(this.GetPrimaryKeyString()).Pass("holding");
        return _released.Task;
    }

    public Task Release()
    {
        _released.SetResult();
        return Task.CompletedTask;
    }
}

internal interface IMixedGrain : IGrainWithStringKey
{
    Task Write(string? holdUntil);

    [ReadOnly]
    Task Read(string? holdUntil);

    [AlwaysInterleave]
    Task<string> Peek();

    [AlwaysInterleave]
    Task PeekAndHold(string holdUntil);
}

internal sealed class MixedGrain : Grain, IMixedGrain
{
    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public Task Write(string? holdUntil) => Do("write", holdUntil);

    public Task Read(string? holdUntil) => Do("read", holdUntil);

    public Task<string> Peek() => Task.FromResult("peeked");

    public Task PeekAndHold(string holdUntil) => Do("peek", holdUntil);

    private async Task Do(string name, string? holdUntil)
    {
        Stage.Note($"{name} begins");
        Stage.Pass($"{holdUntil} begins");
        if (holdUntil is not null)
        {
            await Stage.Until(holdUntil);
        }

        Stage.Note($"{name} ends");
    }
}

internal interface IPredicateGrain : IGrainWithStringKey
{
    Task Do(string name, string? holdUntil);
}

[MayInterleave(nameof(IsUrgent))]
internal sealed class PredicateGrain : Grain, IPredicateGrain
{
    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public static bool IsUrgent(IInvokable request) => request.GetMethodName() == nameof(Do) && request.GetArgument(0) is "urgent";

    public async Task Do(string name, string? holdUntil)
    {
        Stage.Note($"{name} begins");
        Stage.Pass($"{name} begins");
        if (holdUntil is not null)
        {
            await Stage.Until(holdUntil);
        }

        Stage.Note($"{name} ends");
    }
}

internal interface IChainGrain : IGrainWithStringKey
{
    /// <summary>Calls the other grain, which calls this one, until the depth is used up.</summary>
    Task<int> Descend(string mine, string other, int depth, bool allow);

    Task<int> DescendSuppressed(string other);

    Task HoldInChain(string other);

    Task CallBack(string caller);

    Task HoldHere();

    Task CallSelf();

    Task Touch(string note);
}

internal sealed class ChainGrain : Grain, IChainGrain
{
    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public async Task<int> Descend(string mine, string other, int depth, bool allow)
    {
        if (depth == 0)
        {
            return 0;
        }

        if (allow)
        {
            using (RequestContext.AllowCallChainReentrancy())
            {
                return 1 + await GrainFactory.GetGrain<IChainGrain>(other).Descend(other, mine, depth - 1, allow);
            }
        }

        return 1 + await GrainFactory.GetGrain<IChainGrain>(other).Descend(other, mine, depth - 1, allow);
    }

    public async Task<int> DescendSuppressed(string other)
    {
        using (RequestContext.AllowCallChainReentrancy())
        using (RequestContext.SuppressCallChainReentrancy())
        {
            return await GrainFactory.GetGrain<IChainGrain>(other).Descend(other, this.GetPrimaryKeyString(), 2, allow: false);
        }
    }

    public async Task HoldInChain(string other)
    {
        using (RequestContext.AllowCallChainReentrancy())
        {
            await GrainFactory.GetGrain<IChainGrain>(other).CallBack(this.GetPrimaryKeyString());
        }
    }

    public Task CallBack(string caller) => GrainFactory.GetGrain<IChainGrain>(caller).HoldHere();

    public async Task HoldHere()
    {
        Stage.Note("chain");
        Stage.Pass("in chain");
        await Stage.Until("release");
    }

    public Task CallSelf() => this.AsReference<IChainGrain>().Touch("self");

    public Task Touch(string note)
    {
        Stage.Note(note);
        return Task.CompletedTask;
    }
}
