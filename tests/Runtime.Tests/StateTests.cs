using Cloud.Runtime.Tests.Support;
using Orleans.Storage;

namespace Cloud.Runtime.Tests;

public sealed class StateTests(MainCluster main)
{
    private readonly string _key = Stage.NewKey();

    private IAccountGrain Grain => main.Client.GetGrain<IAccountGrain>(_key);

    [Fact]
    public async Task State_that_was_never_written_is_new_and_has_no_record()
    {
        StateView view = await Grain.View().InTime();
        Assert.Equal(new StateView(0, false, null), view);
    }

    [Fact]
    public async Task A_write_makes_the_record_and_its_etag()
    {
        StateView view = await Grain.Set(7).InTime();
        Assert.True(view.RecordExists);
        Assert.False(string.IsNullOrEmpty(view.Etag));
    }

    [Fact]
    public async Task Each_write_changes_the_etag()
    {
        StateView first = await Grain.Set(7).InTime();
        StateView second = await Grain.Set(7).InTime();
        Assert.NotEqual(first.Etag, second.Etag);
    }

    [Fact]
    public async Task Written_state_is_there_when_the_next_activation_starts()
    {
        StateView written = await Grain.Set(7).InTime();
        await main.Cluster.DeactivateAsync(Grain).InTime();
        Assert.Equal(written, await Grain.ViewAtActivation().InTime());
        Assert.Equal(written, await Grain.View().InTime());
    }

    [Fact]
    public async Task State_that_was_changed_but_not_written_is_lost_with_the_activation()
    {
        await Grain.Set(7).InTime();
        await Grain.Change(8).InTime();
        Assert.Equal(8, (await Grain.View().InTime()).Value);
        await main.Cluster.DeactivateAsync(Grain).InTime();
        Assert.Equal(7, (await Grain.View().InTime()).Value);
    }

    [Fact]
    public async Task State_may_be_written_while_the_activation_ends()
    {
        await Grain.Set(7).InTime();
        await Grain.Change(8).InTime();
        Stage.At(_key).Pass("write on deactivation");
        await main.Cluster.DeactivateAsync(Grain).InTime();
        Assert.Equal(8, (await Grain.View().InTime()).Value);
    }

    [Fact]
    public async Task Reading_again_drops_what_was_not_written()
    {
        await Grain.Set(7).InTime();
        await Grain.Change(8).InTime();
        Assert.Equal(7, (await Grain.Reread().InTime()).Value);
    }

    [Fact]
    public async Task Clearing_removes_the_record_and_starts_from_a_new_value()
    {
        await Grain.Set(7).InTime();
        StateView cleared = await Grain.Clear().InTime();
        Assert.Equal(0, cleared.Value);
        Assert.False(cleared.RecordExists);
        await main.Cluster.DeactivateAsync(Grain).InTime();
        StateView view = await Grain.View().InTime();
        Assert.Equal(0, view.Value);
        Assert.False(view.RecordExists);
    }

    [Fact]
    public async Task A_cleared_record_can_be_written_again()
    {
        await Grain.Set(7).InTime();
        await Grain.Clear().InTime();
        await Grain.Set(8).InTime();
        await main.Cluster.DeactivateAsync(Grain).InTime();
        Assert.Equal(8, (await Grain.View().InTime()).Value);
    }

    [Fact]
    public async Task The_states_of_one_grain_are_separate_by_name_and_provider()
    {
        IManyStatesGrain grain = main.Client.GetGrain<IManyStatesGrain>(_key);
        await grain.Set(1, 2, 3).InTime();
        await main.Cluster.DeactivateAsync(grain).InTime();
        Assert.Equal<IEnumerable<int>>([1, 2, 3], await grain.Get().InTime());
    }

    [Fact]
    public async Task The_same_state_name_of_another_grain_is_another_record()
    {
        await Grain.Set(7).InTime();
        Assert.Equal(0, (await main.Client.GetGrain<IAccountGrain>(Stage.NewKey()).View().InTime()).Value);
    }

    [Fact]
    public async Task Writing_over_a_newer_record_is_an_inconsistent_state_that_the_grain_can_catch()
    {
        ITwinStateGrain grain = main.Client.GetGrain<ITwinStateGrain>(_key);
        await grain.Warm().InTime();
        Assert.Equal("conflict, then 1 is there", await grain.WriteBothAndCatch().InTime());
        Assert.Equal(1, await grain.Activations().InTime());
    }

    [Fact]
    public async Task An_inconsistent_state_that_escapes_ends_the_activation()
    {
        ITwinStateGrain grain = main.Client.GetGrain<ITwinStateGrain>(_key);
        await grain.Warm().InTime();
        await Assert.ThrowsAnyAsync<InconsistentStateException>(() => grain.WriteBoth().InTime());
        Assert.Equal(2, await grain.Activations().InTime());
    }

    [Fact]
    public async Task Creating_a_record_that_another_has_created_is_an_inconsistent_state()
    {
        ITwinStateGrain grain = main.Client.GetGrain<ITwinStateGrain>(_key);
        await Assert.ThrowsAnyAsync<InconsistentStateException>(() => grain.WriteBoth().InTime());
    }

    [Fact]
    public async Task Clearing_a_record_that_has_changed_is_an_inconsistent_state()
    {
        ITwinStateGrain grain = main.Client.GetGrain<ITwinStateGrain>(_key);
        await grain.Warm().InTime();
        await Assert.ThrowsAnyAsync<InconsistentStateException>(() => grain.WriteFirstClearSecond().InTime());
    }

    [Fact]
    public async Task Reading_after_a_conflict_gets_the_newer_record_and_the_next_write_succeeds()
    {
        ITwinStateGrain grain = main.Client.GetGrain<ITwinStateGrain>(_key);
        await grain.Warm().InTime();
        Assert.Equal(3, await grain.RetryAfterConflict().InTime());
    }

    [Fact]
    public async Task Stored_state_is_a_copy_that_later_changes_do_not_reach()
    {
        IListStateGrain grain = main.Client.GetGrain<IListStateGrain>(_key);
        await grain.AddAndWrite(1).InTime();
        await grain.Add(2).InTime();
        Assert.Equal([1, 2], await grain.Get().InTime());
        await main.Cluster.DeactivateAsync(grain).InTime();
        Assert.Equal([1], await grain.Get().InTime());
    }
}

[GenerateSerializer]
internal sealed record StateView([property: Id(0)] int Value, [property: Id(1)] bool RecordExists, [property: Id(2)] string? Etag);

[GenerateSerializer]
internal sealed class Account
{
    [Id(0)]
    public int Value { get; set; }
}

internal interface IAccountGrain : IGrainWithStringKey
{
    Task<StateView> View();

    Task<StateView> ViewAtActivation();

    Task<StateView> Set(int value);

    Task Change(int value);

    Task<StateView> Reread();

    Task<StateView> Clear();
}

internal sealed class AccountGrain([PersistentState("account")] IPersistentState<Account> account) : Grain, IAccountGrain
{
    private StateView? _atActivation;

    public override async Task OnActivateAsync(CancellationToken cancellationToken) => _atActivation = await View();

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        Stage.At(this.GetPrimaryKeyString()).Passed("write on deactivation") ? account.WriteStateAsync(cancellationToken) : Task.CompletedTask;

    public Task<StateView> View() => Task.FromResult(new StateView(account.State.Value, account.RecordExists, account.Etag));

    public Task<StateView> ViewAtActivation() => Task.FromResult(_atActivation!);

    public async Task<StateView> Set(int value)
    {
        account.State.Value = value;
        await account.WriteStateAsync();
        return await View();
    }

    public Task Change(int value)
    {
        account.State.Value = value;
        return Task.CompletedTask;
    }

    public async Task<StateView> Reread()
    {
        await account.ReadStateAsync();
        return await View();
    }

    public async Task<StateView> Clear()
    {
        await account.ClearStateAsync();
        return await View();
    }
}

internal interface IManyStatesGrain : IGrainWithStringKey
{
    Task Set(int first, int second, int other);

    Task<int[]> Get();
}

internal sealed class ManyStatesGrain(
    [PersistentState("first")] IPersistentState<Account> first,
    [PersistentState("second")] IPersistentState<Account> second,
    [PersistentState("third", "other")] IPersistentState<Account> other) : Grain, IManyStatesGrain
{
    public async Task Set(int firstValue, int secondValue, int otherValue)
    {
        first.State = new Account { Value = firstValue };
        second.State = new Account { Value = secondValue };
        other.State = new Account { Value = otherValue };
        await first.WriteStateAsync();
        await second.WriteStateAsync();
        await other.WriteStateAsync();
    }

    public Task<int[]> Get() => Task.FromResult<int[]>([first.State.Value, second.State.Value, other.State.Value]);
}

/// <summary>Two views of one record stand for two activations that both believe to own it.</summary>
internal interface ITwinStateGrain : IGrainWithStringKey
{
    Task Warm();

    Task WriteBoth();

    Task<string> WriteBothAndCatch();

    Task WriteFirstClearSecond();

    Task<int> RetryAfterConflict();

    Task<int> Activations();
}

internal sealed class TwinStateGrain(
    [PersistentState("twin")] IPersistentState<Account> first,
    [PersistentState("twin")] IPersistentState<Account> second) : Grain, ITwinStateGrain
{
    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Stage.Note("activated");
        return Task.CompletedTask;
    }

    public async Task Warm()
    {
        await first.WriteStateAsync();
        await second.ReadStateAsync();
    }

    public async Task WriteBoth()
    {
        first.State.Value = 1;
        await first.WriteStateAsync();
        second.State.Value = 2;
        await second.WriteStateAsync();
    }

    public async Task<string> WriteBothAndCatch()
    {
        try
        {
            await WriteBoth();
            return "no conflict";
        }
        catch (InconsistentStateException)
        {
            await second.ReadStateAsync();
            return $"conflict, then {second.State.Value} is there";
        }
    }

    public async Task WriteFirstClearSecond()
    {
        await first.WriteStateAsync();
        await second.ClearStateAsync();
    }

    public async Task<int> RetryAfterConflict()
    {
        await WriteBothAndCatch();
        second.State.Value += 2;
        await second.WriteStateAsync();
        await first.ReadStateAsync();
        return first.State.Value;
    }

    public Task<int> Activations() => Task.FromResult(Stage.Notes.Count);
}

[GenerateSerializer]
internal sealed class Numbers
{
    [Id(0)]
    public List<int> Values { get; set; } = [];
}

internal interface IListStateGrain : IGrainWithStringKey
{
    Task AddAndWrite(int value);

    Task Add(int value);

    Task<List<int>> Get();
}

internal sealed class ListStateGrain([PersistentState("numbers")] IPersistentState<Numbers> numbers) : Grain, IListStateGrain
{
    public Task AddAndWrite(int value)
    {
        numbers.State.Values.Add(value);
        return numbers.WriteStateAsync();
    }

    public Task Add(int value)
    {
        numbers.State.Values.Add(value);
        return Task.CompletedTask;
    }

    public Task<List<int>> Get() => Task.FromResult(numbers.State.Values);
}
