using Cloud.Embedded.Hosting;
using Cloud.Embedded.Runtime;
using Cloud.Embedded.Serialization;
using Cloud.Embedded.Storage;
using Cloud.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;

namespace Cloud.Embedded.Tests.Storage;

public sealed class LmdbGrainStorageTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"embedded-tests-{Guid.NewGuid():N}");
    private readonly GrainId _grain = GrainId.Create("account", "alice");

    public void Dispose()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_written_state_is_read_again_after_the_file_was_closed()
    {
        GrainState<Account> written = new(new Account(7, "x"));
        using (LmdbGrainStorage storage = Open())
        {
            await storage.WriteStateAsync("s", _grain, written);
        }

        using LmdbGrainStorage reopened = Open();
        GrainState<Account> read = new();
        await reopened.ReadStateAsync("s", _grain, read);
        Assert.Equal(written.State, read.State);
        Assert.Equal(written.ETag, read.ETag);
        Assert.True(read.RecordExists);
    }

    [Fact]
    public async Task Of_many_writers_with_the_same_version_exactly_one_wins()
    {
        using LmdbGrainStorage storage = Open();
        GrainState<Account> first = new(new Account(0, "first"));
        await storage.WriteStateAsync("s", _grain, first);
        Task<bool>[] writers = [.. Enumerable.Range(1, 64).Select(i => Task.Run(() => TryWrite(storage, new GrainState<Account>(new Account(i, "w"), first.ETag))))];
        bool[] won = await Task.WhenAll(writers);
        Assert.Equal(1, won.Count(outcome => outcome));
        GrainState<Account> read = new();
        await storage.ReadStateAsync("s", _grain, read);
        Assert.Equal(Array.IndexOf(won, true) + 1, read.State!.Amount);
    }

    [Fact]
    public async Task A_create_over_an_existing_record_is_a_conflict_that_names_both_versions()
    {
        using LmdbGrainStorage storage = Open();
        GrainState<Account> first = new(new Account(1, "a"));
        await storage.WriteStateAsync("s", _grain, first);
        InconsistentStateException conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("s", _grain, new GrainState<Account>(new Account(2, "b"))));
        Assert.Equal(first.ETag, conflict.StoredEtag);
        Assert.Null(conflict.CurrentEtag);
    }

    [Fact]
    public async Task A_version_from_before_a_deletion_is_never_valid_again()
    {
        using LmdbGrainStorage storage = Open();
        GrainState<Account> state = new(new Account(1, "a"));
        await storage.WriteStateAsync("s", _grain, state);
        GrainState<Account> old = new(new Account(9, "old"), state.ETag);
        await storage.ClearStateAsync("s", _grain, state);
        Assert.Null(state.ETag);
        await storage.WriteStateAsync("s", _grain, state);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("s", _grain, old));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("s", _grain, old));
    }

    [Fact]
    public async Task Storages_states_and_grains_are_kept_apart_and_keys_may_be_long()
    {
        using LmdbGrainStorage one = Open("one");
        using LmdbGrainStorage two = Open("two");
        string longKey = new('k', 2000);
        (LmdbGrainStorage Storage, string State, GrainId Grain)[] places =
        [
            (one, "s", _grain), (two, "s", _grain), (one, "t", _grain), (one, "s", GrainId.Create("account", "bob")),
            (one, "s", GrainId.Create("account", longKey)), (one, "s", GrainId.Create("account", longKey + "k")), (one, "sa", GrainId.Create("ccount", "alice")),
        ];
        for (int i = 0; i < places.Length; i++)
        {
            await places[i].Storage.WriteStateAsync(places[i].State, places[i].Grain, new GrainState<Account>(new Account(i, "n")));
        }

        for (int i = 0; i < places.Length; i++)
        {
            GrainState<Account> read = new();
            await places[i].Storage.ReadStateAsync(places[i].State, places[i].Grain, read);
            Assert.Equal(i, read.State!.Amount);
        }
    }

    [Fact]
    public async Task A_record_of_an_unknown_format_is_refused_and_stays_as_it_is()
    {
        LmdbGrainStorageOptions options = new() { Directory = _directory };
        using LmdbGrainStorage storage = Open();
        await storage.WriteStateAsync("s", _grain, new GrainState<Account>(new Account(1, "a")));
        LmdbStore store = LmdbStore.Acquire(options);
        Cloud.Storage.Lmdb.LmdbDatabase database = store.OpenDatabase("grains:test");
        byte[] key = [0, 1, 0, 7, .. "s"u8, .. "account"u8, .. "alice"u8];
        await store.WriteAsync(transaction => transaction.Put(database, key, "garbage"u8));
        await Assert.ThrowsAnyAsync<Exception>(() => storage.ReadStateAsync("s", _grain, new GrainState<Account>()));
        await Assert.ThrowsAsync<Orleans.Serialization.SerializerException>(() => storage.WriteStateAsync("s", _grain, new GrainState<Account>(new Account(2, "b"))));
        Assert.Equal("garbage"u8.ToArray(), store.Read(database, key));
        store.Release();
    }

    [Fact]
    public void A_folder_that_cannot_be_used_gives_a_failure_that_names_it()
    {
        File.WriteAllText(_directory, "a file, not a folder");
        try
        {
            IOException failure = Assert.ThrowsAny<IOException>(() => Open());
            Assert.Contains(_directory, failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(_directory);
        }
    }

    [Fact]
    public async Task A_file_that_is_full_fails_the_write_and_keeps_what_was_there()
    {
        using LmdbGrainStorage storage = new("test", new LmdbGrainStorageOptions { Directory = _directory, MaxSize = 1 << 20 }, new ThreadPoolRunner(), Serializer());
        GrainState<Account> kept = new(new Account(1, "kept"));
        await storage.WriteStateAsync("s", _grain, kept);
        StorageException failure = await Assert.ThrowsAsync<StorageException>(() =>
            storage.WriteStateAsync("s", GrainId.Create("account", "big"), new GrainState<Account>(new Account(2, new string('x', 2 << 20)))));
        Assert.Equal(StorageFault.MapFull, failure.Fault);
        GrainState<Account> read = new();
        await storage.ReadStateAsync("s", _grain, read);
        Assert.Equal(kept.State, read.State);
        await storage.WriteStateAsync("s", _grain, kept);
    }

    [Fact]
    public async Task A_grain_finds_its_state_after_the_process_was_started_again()
    {
        for (int start = 1; start <= 3; start++)
        {
            HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
            builder.UseOrleans(silo => silo.UseLocalhostClustering().AddLmdbGrainStorageAsDefault(options => options.Directory = _directory));
            using IHost host = builder.Build();
            await host.StartAsync(TestContext.Current.CancellationToken);
            Assert.Equal(start, await host.Services.GetRequiredService<IGrainFactory>().GetGrain<IStartCountGrain>("g").Count());
            await host.StopAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("", 1L << 30, 10, "Directory")]
    [InlineData("d", 1000L, 10, "MaxSize")]
    [InlineData("d", 1L << 30, 0, "MaxPendingWrites")]
    public void Options_that_break_a_rule_are_refused_by_name(string directory, long maxSize, int maxPending, string option)
    {
        LmdbGrainStorageOptions options = new() { Directory = directory, MaxSize = maxSize, MaxPendingWrites = maxPending };
        OrleansConfigurationException refusal = Assert.Throws<OrleansConfigurationException>(() => new LmdbGrainStorageOptionsValidator("n", options).ValidateConfiguration());
        Assert.Contains($"LmdbGrainStorageOptions[n].{option}", refusal.Message, StringComparison.Ordinal);
    }

    private static GrainStateSerializer Serializer() => new(new CodecTable(null));

    private static async Task<bool> TryWrite(LmdbGrainStorage storage, GrainState<Account> state)
    {
        try
        {
            await storage.WriteStateAsync("s", GrainId.Create("account", "alice"), state);
            return true;
        }
        catch (InconsistentStateException)
        {
            return false;
        }
    }

    private LmdbGrainStorage Open(string name = "test") => new(name, new LmdbGrainStorageOptions { Directory = _directory }, new ThreadPoolRunner(), Serializer());
}

[GenerateSerializer]
internal sealed record Account(int Amount, string Note);

internal interface IStartCountGrain : IGrainWithStringKey
{
    Task<int> Count();
}

internal sealed class StartCountGrain([PersistentState("count")] IPersistentState<StartCount> state) : Grain, IStartCountGrain
{
    public async Task<int> Count()
    {
        state.State.Value++;
        await state.WriteStateAsync();
        return state.State.Value;
    }
}

[GenerateSerializer]
internal sealed class StartCount
{
    [Id(0)]
    public int Value { get; set; }
}
