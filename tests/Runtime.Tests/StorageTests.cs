using Cloud.Runtime.Tests.Support;
using Orleans.Storage;

namespace Cloud.Runtime.Tests;

/// <summary>A storage provider of our own, and what its failures do.</summary>
public sealed class StorageTests(StorageCluster cluster) : IClassFixture<StorageCluster>
{
    private readonly string _key = Stage.NewKey();

    private ISharedStateGrain Grain => cluster.Client.GetGrain<ISharedStateGrain>(_key);

    private Stage Stage => Stage.At(_key);

    [Fact]
    public async Task State_goes_through_the_provider_that_its_attribute_names()
    {
        StateView written = await Grain.Set(5).InTime();
        await cluster.Cluster.DeactivateAsync(Grain).InTime();
        Assert.Equal(written, await Grain.View().InTime());
    }

    [Fact]
    public async Task A_failing_read_fails_the_call_that_activates_and_the_next_call_reads_again()
    {
        await Grain.Set(5).InTime();
        await cluster.Cluster.DeactivateAsync(Grain).InTime();
        Stage.Pass("read fails");
        await Assert.ThrowsAnyAsync<Exception>(() => Grain.View().InTime());
        Assert.Equal(5, (await Grain.View().InTime()).Value);
    }

    [Fact]
    public async Task A_failing_write_reaches_the_grain_and_leaves_record_and_etag_alone()
    {
        StateView written = await Grain.Set(5).InTime();
        Stage.Pass("write fails");
        Assert.Equal("failed", await Grain.TrySet(6).InTime());
        Assert.Equal(written with { Value = 6 }, await Grain.View().InTime());
        await cluster.Cluster.DeactivateAsync(Grain).InTime();
        Assert.Equal(written, await Grain.View().InTime());
    }

    [Fact]
    public async Task A_failing_write_may_be_tried_again()
    {
        await Grain.Set(5).InTime();
        Stage.Pass("write fails");
        Assert.Equal("failed", await Grain.TrySet(6).InTime());
        Assert.Equal("written", await Grain.TrySet(7).InTime());
        await cluster.Cluster.DeactivateAsync(Grain).InTime();
        Assert.Equal(7, (await Grain.View().InTime()).Value);
    }

    [Fact]
    public async Task A_failing_write_that_escapes_does_not_end_the_activation()
    {
        await Grain.Set(5).InTime();
        Stage.Pass("write fails");
        await Assert.ThrowsAnyAsync<Exception>(() => Grain.Set(6).InTime());
        Assert.Equal(6, (await Grain.View().InTime()).Value);
    }

    [Fact]
    public async Task A_record_changed_behind_the_grain_makes_its_write_an_inconsistent_state_and_ends_the_activation()
    {
        await Grain.Set(5).InTime();
        SharedStorage elsewhere = new();
        GrainState<Account> state = new();
        await elsewhere.ReadStateAsync("account", Grain.GetGrainId(), state);
        state.State = new Account { Value = 50 };
        await elsewhere.WriteStateAsync("account", Grain.GetGrainId(), state);
        await Assert.ThrowsAnyAsync<InconsistentStateException>(() => Grain.Set(6).InTime());
        Assert.Equal(50, (await Grain.View().InTime()).Value);
    }

    [Fact]
    public async Task A_grain_that_names_an_unknown_provider_cannot_be_called()
    {
        await Assert.ThrowsAnyAsync<Exception>(() => cluster.Client.GetGrain<IHomelessGrain>(_key).Touch().InTime());
    }
}

internal interface ISharedStateGrain : IGrainWithStringKey
{
    Task<StateView> View();

    Task<StateView> Set(int value);

    Task<string> TrySet(int value);
}

internal sealed class SharedStateGrain([PersistentState("account", "shared")] IPersistentState<Account> account) : Grain, ISharedStateGrain
{
    public Task<StateView> View() => Task.FromResult(new StateView(account.State.Value, account.RecordExists, account.Etag));

    public async Task<StateView> Set(int value)
    {
        account.State.Value = value;
        await account.WriteStateAsync();
        return await View();
    }

    public async Task<string> TrySet(int value)
    {
        try
        {
            await Set(value);
            return "written";
        }
        catch (Exception exception) when (exception is not InconsistentStateException)
        {
            return "failed";
        }
    }
}

internal interface IHomelessGrain : IGrainWithStringKey
{
    Task Touch();
}

internal sealed class HomelessGrain([PersistentState("account", "nowhere")] IPersistentState<Account> account) : Grain, IHomelessGrain
{
    public Task Touch() => account.WriteStateAsync();
}
