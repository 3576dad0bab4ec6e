using Cloud.Runtime.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Utilities;

namespace Cloud.Runtime.Tests;

public sealed class ObserverTests(MainCluster main)
{
    private readonly string _key = Stage.NewKey();

    private IPublisherGrain Grain => main.Client.GetGrain<IPublisherGrain>(_key);

    [Fact]
    public async Task A_grain_calls_an_observer_of_the_client()
    {
        Listener listener = new(Stage.NewKey());
        await Grain.Subscribe(main.Client.CreateObjectReference<IListener>(listener)).InTime();
        await Grain.Publish("news").InTime();
        Assert.Equal(["news"], await listener.Stage.UntilNotes(1));
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task Every_observer_is_called()
    {
        Listener[] listeners = [.. Enumerable.Range(0, 3).Select(_ => new Listener(Stage.NewKey()))];
        foreach (Listener listener in listeners)
        {
            await Grain.Subscribe(main.Client.CreateObjectReference<IListener>(listener)).InTime();
        }

        await Grain.Publish("news").InTime();
        foreach (Listener listener in listeners)
        {
            Assert.Equal(["news"], await listener.Stage.UntilNotes(1));
        }

        GC.KeepAlive(listeners);
    }

    [Fact]
    public async Task An_unsubscribed_observer_is_called_no_more()
    {
        Listener leaving = new(Stage.NewKey());
        Listener staying = new(Stage.NewKey());
        IListener reference = main.Client.CreateObjectReference<IListener>(leaving);
        await Grain.Subscribe(reference).InTime();
        await Grain.Subscribe(main.Client.CreateObjectReference<IListener>(staying)).InTime();
        await Grain.Unsubscribe(reference).InTime();
        Assert.Equal(1, await Grain.Publish("news").InTime());
        await staying.Stage.UntilNotes(1);
        Assert.Empty(leaving.Stage.Notes);
        GC.KeepAlive(leaving);
        GC.KeepAlive(staying);
    }

    [Fact]
    public async Task Subscribing_again_with_the_same_reference_adds_nothing()
    {
        Listener listener = new(Stage.NewKey());
        IListener reference = main.Client.CreateObjectReference<IListener>(listener);
        await Grain.Subscribe(reference).InTime();
        await Grain.Subscribe(reference).InTime();
        Assert.Equal(1, await Grain.Publish("news").InTime());
        Assert.Equal(["news"], await listener.Stage.UntilNotes(1));
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task A_grain_may_wait_for_the_answer_of_an_observer()
    {
        Listener listener = new(Stage.NewKey());
        Assert.Equal("heard question", await Grain.Ask(main.Client.CreateObjectReference<IListener>(listener), "question").InTime());
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task An_exception_of_an_observer_reaches_the_grain_that_waits_for_it()
    {
        Listener listener = new(Stage.NewKey());
        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => Grain.Ask(main.Client.CreateObjectReference<IListener>(listener), "fail").InTime());
        Assert.Equal("The listener fails.", exception.Message);
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task The_observer_manager_drops_an_observer_whose_call_failed()
    {
        Listener first = new(Stage.NewKey());
        Listener second = new(Stage.NewKey());
        await Grain.Subscribe(main.Client.CreateObjectReference<IListener>(first)).InTime();
        await Grain.Subscribe(main.Client.CreateObjectReference<IListener>(second)).InTime();
        string text = $"fail the first of {_key}";
        Assert.Equal(1, await Grain.Publish(text).InTime());
        Assert.Equal(1, first.Stage.Notes.Count + second.Stage.Notes.Count);
        GC.KeepAlive(first);
        GC.KeepAlive(second);
    }

    [Fact]
    public async Task A_deleted_reference_is_reached_no_more()
    {
        Listener listener = new(Stage.NewKey());
        IListener reference = main.Client.CreateObjectReference<IListener>(listener);
        Assert.Equal("heard a", await Grain.Ask(reference, "a").InTime());
        main.Client.DeleteObjectReference<IListener>(reference);
        Task<string> asking = Grain.AskWithin(reference, "b", TimeSpan.FromMilliseconds(500));
        await Assert.ThrowsAnyAsync<Exception>(() => asking.InTime());
        Assert.Equal(["a"], listener.Stage.Notes);
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task A_grain_may_itself_be_an_observer()
    {
        string listener = Stage.NewKey();
        await main.Client.GetGrain<IListeningGrain>(listener).ListenTo(_key).InTime();
        await Grain.Publish("news").InTime();
        Assert.Equal(["news"], await Stage.At(listener).UntilNotes(1));
    }

    [Fact]
    public async Task A_service_of_a_silo_may_be_an_observer()
    {
        IGrainFactory factory = (IGrainFactory)main.Cluster.Silos[0].ServiceProvider.GetService(typeof(IGrainFactory))!;
        Listener listener = new(Stage.NewKey());
        await factory.GetGrain<IPublisherGrain>(_key).Subscribe(factory.CreateObjectReference<IListener>(listener)).InTime();
        await Grain.Publish("news").InTime();
        Assert.Equal(["news"], await listener.Stage.UntilNotes(1));
        GC.KeepAlive(listener);
    }
}

internal interface IListener : IGrainObserver
{
    Task Hear(string text);

    Task<string> Answer(string text);
}

internal sealed class Listener(string name) : IListener
{
    public Stage Stage { get; } = Stage.At(name);

    public Task Hear(string text)
    {
        if (text.StartsWith("fail the first", StringComparison.Ordinal) && Stage.At(text).Next() == 1)
        {
            throw new InvalidOperationException("The first listener fails.");
        }

        Stage.Note(text);
        return Task.CompletedTask;
    }

    public Task<string> Answer(string text)
    {
        Stage.Note(text);
        return text == "fail" ? throw new InvalidOperationException("The listener fails.") : Task.FromResult($"heard {text}");
    }
}

internal interface IPublisherGrain : IGrainWithStringKey
{
    Task Subscribe(IListener listener);

    Task Unsubscribe(IListener listener);

    /// <summary>Returns how many observers are subscribed.</summary>
    Task<int> Publish(string text);

    Task<string> Ask(IListener listener, string text);

    Task<string> AskWithin(IListener listener, string text, TimeSpan limit);
}

internal sealed class PublisherGrain : Grain, IPublisherGrain
{
    private readonly ObserverManager<IListener> _listeners = new(TimeSpan.FromMinutes(5), NullLogger.Instance);

    public Task Subscribe(IListener listener)
    {
        _listeners.Subscribe(listener, listener);
        return Task.CompletedTask;
    }

    public Task Unsubscribe(IListener listener)
    {
        _listeners.Unsubscribe(listener);
        return Task.CompletedTask;
    }

    public async Task<int> Publish(string text)
    {
        await _listeners.Notify(listener => listener.Hear(text));
        return _listeners.Count;
    }

    public Task<string> Ask(IListener listener, string text) => listener.Answer(text);

    public Task<string> AskWithin(IListener listener, string text, TimeSpan limit) => listener.Answer(text).WaitAsync(limit);
}

internal interface IListeningGrain : IGrainWithStringKey
{
    Task ListenTo(string publisher);
}

internal sealed class ListeningGrain : Grain, IListeningGrain, IListener
{
    public Task ListenTo(string publisher) => GrainFactory.GetGrain<IPublisherGrain>(publisher).Subscribe(this.AsReference<IListener>());

    public Task Hear(string text)
    {
        Stage.At(this.GetPrimaryKeyString()).Note(text);
        return Task.CompletedTask;
    }

    public Task<string> Answer(string text) => Task.FromResult(text);
}
