using Cloud.Runtime.Tests.Support;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Cloud.Runtime.Tests;

public sealed class StreamTests(MainCluster main)
{
    private readonly string _key = Stage.NewKey();

    private StreamId Explicit => StreamId.Create("explicit", _key);

    private IProducerGrain Producer => main.Client.GetGrain<IProducerGrain>(_key);

    private Stage Stage => Stage.At(_key);

    [Fact]
    public async Task Events_of_one_producer_arrive_in_order()
    {
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Producer.Produce(Explicit, 0, 30).InTime();
        Assert.Equal(Numbers(0, 30), await Stage.UntilNotes(30));
    }

    [Fact]
    public async Task Each_producer_keeps_its_own_order()
    {
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Task.WhenAll(
            main.Client.GetGrain<IProducerGrain>(Stage.NewKey()).Produce(Explicit, 0, 20),
            main.Client.GetGrain<IProducerGrain>(Stage.NewKey()).Produce(Explicit, 100, 20)).InTime();
        List<int> got = [.. (await Stage.UntilNotes(40)).Select(int.Parse)];
        Assert.Equal(Enumerable.Range(0, 20), got.Where(value => value < 100));
        Assert.Equal(Enumerable.Range(100, 20), got.Where(value => value >= 100));
    }

    [Fact]
    public async Task Every_subscriber_gets_every_event()
    {
        string[] consumers = [Stage.NewKey(), Stage.NewKey(), Stage.NewKey()];
        foreach (string consumer in consumers)
        {
            await Consumer(consumer).Subscribe(Explicit).InTime();
        }

        await Producer.Produce(Explicit, 0, 5).InTime();
        foreach (string consumer in consumers)
        {
            Assert.Equal(Numbers(0, 5), await Stage.At(consumer).UntilNotes(5));
        }
    }

    [Fact]
    public async Task Subscribing_twice_makes_two_subscriptions()
    {
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Consumer(_key).Subscribe(Explicit).InTime();
        Assert.Equal(2, await Consumer(_key).Handles(Explicit).InTime());
        await Producer.Produce(Explicit, 0, 1).InTime();
        Assert.Equal(["0", "0"], await Stage.UntilNotes(2));
    }

    [Fact]
    public async Task An_unsubscribed_consumer_gets_no_more_events()
    {
        string staying = Stage.NewKey();
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Consumer(staying).Subscribe(Explicit).InTime();
        await Producer.Produce(Explicit, 0, 1).InTime();
        await Stage.UntilNotes(1);
        await Consumer(_key).Unsubscribe(Explicit).InTime();
        Assert.Equal(0, await Consumer(_key).Handles(Explicit).InTime());
        await Producer.Produce(Explicit, 1, 2).InTime();
        await Stage.At(staying).UntilNotes(3);
        Assert.Equal(["0"], Stage.Notes);
    }

    [Fact]
    public async Task An_event_wakes_a_consumer_that_resumes_and_none_is_lost()
    {
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Producer.Produce(Explicit, 0, 2).InTime();
        await Stage.UntilNotes(2);
        await main.Cluster.DeactivateAsync(Consumer(_key)).InTime();
        Stage.Pass("resume on activation");
        await Producer.Produce(Explicit, 2, 3).InTime();
        Assert.Equal(["0", "1", "resumed 1", "2", "3", "4"], await Stage.UntilNotes(6));
    }

    [Fact]
    public async Task A_consumer_that_does_not_resume_loses_what_arrives_until_it_does()
    {
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Producer.Produce(Explicit, 0, 1).InTime();
        await Stage.UntilNotes(1);
        await main.Cluster.DeactivateAsync(Consumer(_key)).InTime();
        Stage.Pass("note activation");
        await Producer.Produce(Explicit, 1, 1).InTime();
        Assert.Equal(["0", "activated"], await Stage.UntilNotes(2));
        Assert.Equal(1, await Consumer(_key).Resume(Explicit).InTime());
        await Producer.Produce(Explicit, 2, 1).InTime();
        Assert.Equal(["0", "activated", "2"], await Stage.UntilNotes(3));
    }

    [Fact]
    public async Task An_event_whose_consumer_threw_comes_again()
    {
        Stage.Pass("throw once");
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Producer.Produce(Explicit, 0, 2).InTime();
        Assert.Equal(["threw", "0", "1"], await Stage.UntilNotes(3));
    }

    [Fact]
    public async Task Resuming_with_the_token_of_an_event_repeats_those_after_it_when_the_next_one_comes()
    {
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Producer.Produce(Explicit, 0, 4).InTime();
        await Stage.UntilNotes(4);
        await Consumer(_key).ResumeAfter(Explicit, 1).InTime();
        await Producer.Produce(Explicit, 4, 1).InTime();
        Assert.Equal(["0", "1", "2", "3", "2", "3", "4"], await Stage.UntilNotes(7));
    }

    [Fact]
    public async Task A_subscription_with_the_token_of_an_event_starts_with_that_event()
    {
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Producer.Produce(Explicit, 0, 4).InTime();
        await Stage.UntilNotes(4);
        await Consumer(_key).SubscribeFrom(Explicit, 1).InTime();
        Assert.Equal(["0", "1", "2", "3", "1", "2", "3"], await Stage.UntilNotes(7));
    }

    [Fact]
    public async Task A_subscription_without_a_token_starts_with_the_events_after_it()
    {
        string late = Stage.NewKey();
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Producer.Produce(Explicit, 0, 2).InTime();
        await Stage.UntilNotes(2);
        await Consumer(late).Subscribe(Explicit).InTime();
        await Producer.Produce(Explicit, 2, 2).InTime();
        Assert.Equal(["2", "3"], await Stage.At(late).UntilNotes(2));
    }

    [Fact]
    public async Task Tokens_of_later_events_are_newer()
    {
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Producer.Produce(Explicit, 0, 5).InTime();
        await Stage.UntilNotes(5);
        Assert.True(await Consumer(_key).TokensAscend().InTime());
    }

    [Fact]
    public async Task A_batch_arrives_event_by_event()
    {
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Producer.ProduceBatch(Explicit, 0, 5).InTime();
        Assert.Equal(Numbers(0, 5), await Stage.UntilNotes(5));
    }

    [Fact]
    public async Task Streams_differ_by_namespace_and_key()
    {
        StreamId other = StreamId.Create("other", _key);
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Consumer(_key).Subscribe(other).InTime();
        await Producer.Produce(other, 10, 1).InTime();
        await Stage.UntilNotes(1);
        await Producer.Produce(StreamId.Create("explicit", Stage.NewKey()), 20, 1).InTime();
        await Producer.Produce(Explicit, 30, 1).InTime();
        Assert.Equal(["10", "30"], await Stage.UntilNotes(2));
    }

    [Fact]
    public async Task An_implicit_subscriber_gets_the_events_of_its_key()
    {
        await Producer.Produce(StreamId.Create("implicit-a", _key), 0, 3).InTime();
        Assert.Equal(["subscribed implicit-a", "0", "1", "2"], await Stage.UntilNotes(4));
    }

    [Fact]
    public async Task An_implicit_subscriber_may_have_several_namespaces()
    {
        await Producer.Produce(StreamId.Create("implicit-a", _key), 0, 1).InTime();
        await Stage.UntilNotes(2);
        await Producer.Produce(StreamId.Create("implicit-b", _key), 1, 1).InTime();
        Assert.Equal(["subscribed implicit-a", "0", "subscribed implicit-b", "1"], await Stage.UntilNotes(4));
    }

    [Fact]
    public async Task An_implicit_subscriber_goes_on_after_its_deactivation()
    {
        StreamId stream = StreamId.Create("implicit-a", _key);
        await Producer.Produce(stream, 0, 1).InTime();
        await Stage.UntilNotes(2);
        await main.Cluster.DeactivateAsync(main.Client.GetGrain<IImplicitGrain>(_key)).InTime();
        await Producer.Produce(stream, 1, 2).InTime();
        Assert.Equal(["subscribed implicit-a", "0", "subscribed implicit-a", "1", "2"], await Stage.UntilNotes(5));
    }

    [Fact]
    public async Task Implicit_and_explicit_subscribers_share_a_stream()
    {
        string consumer = Stage.NewKey();
        StreamId stream = StreamId.Create("implicit-a", _key);
        await Consumer(consumer).Subscribe(stream).InTime();
        await Producer.Produce(stream, 0, 2).InTime();
        Assert.Equal(["subscribed implicit-a", "0", "1"], await Stage.UntilNotes(3));
        Assert.Equal(["0", "1"], await Stage.At(consumer).UntilNotes(2));
    }

    [Fact]
    public async Task The_client_consumes_a_stream()
    {
        IAsyncStream<int> stream = main.Client.GetStreamProvider(MainCluster.Streams).GetStream<int>(Explicit);
        StreamSubscriptionHandle<int> handle = await stream.SubscribeAsync((item, _) =>
        {
            Stage.Note($"{item}");
            return Task.CompletedTask;
        }).InTime();
        await Producer.Produce(Explicit, 0, 3).InTime();
        Assert.Equal(Numbers(0, 3), await Stage.UntilNotes(3));
        await handle.UnsubscribeAsync().InTime();
    }

    [Fact]
    public async Task The_client_produces_a_stream()
    {
        await Consumer(_key).Subscribe(Explicit).InTime();
        IAsyncStream<int> stream = main.Client.GetStreamProvider(MainCluster.Streams).GetStream<int>(Explicit);
        for (int i = 0; i < 3; i++)
        {
            await stream.OnNextAsync(i).InTime();
        }

        Assert.Equal(Numbers(0, 3), await Stage.UntilNotes(3));
    }

    [Fact]
    public async Task Producing_does_not_wait_for_the_consumer()
    {
        Stage.Pass("hold");
        await Consumer(_key).Subscribe(Explicit).InTime();
        await Producer.Produce(Explicit, 0, 3).InTime();
        await Stage.Until("holding");
        Assert.Empty(Stage.Notes);
        Stage.Pass("go on");
        Assert.Equal(Numbers(0, 3), await Stage.UntilNotes(3));
    }

    [Fact]
    public void A_stream_id_keeps_its_namespace_and_key()
    {
        StreamId id = StreamId.Create("space", "key");
        Assert.Equal("space", id.GetNamespace());
        Assert.Equal("key", id.GetKeyAsString());
        Assert.Equal(id, StreamId.Create("space", "key"));
        Assert.NotEqual(id, StreamId.Create("elsewhere", "key"));
        Assert.Equal(StreamId.Create("space", Guid.Empty), StreamId.Create("space", Guid.Empty.ToString("N")));
    }

    private static IEnumerable<string> Numbers(int first, int count) => Enumerable.Range(first, count).Select(value => $"{value}");

    private IConsumerGrain Consumer(string key) => main.Client.GetGrain<IConsumerGrain>(key);
}

internal interface IProducerGrain : IGrainWithStringKey
{
    Task Produce(StreamId stream, int first, int count);

    Task ProduceBatch(StreamId stream, int first, int count);
}

internal sealed class ProducerGrain : Grain, IProducerGrain
{
    public async Task Produce(StreamId stream, int first, int count)
    {
        IAsyncStream<int> target = this.GetStreamProvider(MainCluster.Streams).GetStream<int>(stream);
        for (int i = 0; i < count; i++)
        {
            await target.OnNextAsync(first + i);
        }
    }

    public Task ProduceBatch(StreamId stream, int first, int count) =>
        this.GetStreamProvider(MainCluster.Streams).GetStream<int>(stream).OnNextBatchAsync(Enumerable.Range(first, count));
}

internal interface IConsumerGrain : IGrainWithStringKey
{
    Task Subscribe(StreamId stream);

    Task Unsubscribe(StreamId stream);

    Task<int> Handles(StreamId stream);

    Task<int> Resume(StreamId stream);

    Task ResumeAfter(StreamId stream, int item);

    Task SubscribeFrom(StreamId stream, int item);

    Task<bool> TokensAscend();
}

internal sealed class ConsumerGrain : Grain, IConsumerGrain
{
    private readonly List<StreamSequenceToken> _tokens = [];

    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (Stage.Passed("note activation"))
        {
            Stage.Note("activated");
        }

        if (Stage.Passed("resume on activation"))
        {
            Stage.Note($"resumed {await Resume(StreamId.Create("explicit", this.GetPrimaryKeyString()))}");
        }
    }

    public Task Subscribe(StreamId stream) => Stream(stream).SubscribeAsync(OnNext);

    public async Task Unsubscribe(StreamId stream)
    {
        foreach (StreamSubscriptionHandle<int> handle in await Stream(stream).GetAllSubscriptionHandles())
        {
            await handle.UnsubscribeAsync();
        }
    }

    public async Task<int> Handles(StreamId stream) => (await Stream(stream).GetAllSubscriptionHandles()).Count;

    public async Task<int> Resume(StreamId stream)
    {
        IList<StreamSubscriptionHandle<int>> handles = await Stream(stream).GetAllSubscriptionHandles();
        foreach (StreamSubscriptionHandle<int> handle in handles)
        {
            await handle.ResumeAsync(OnNext);
        }

        return handles.Count;
    }

    public Task SubscribeFrom(StreamId stream, int item) => Stream(stream).SubscribeAsync(OnNext, _tokens[item]);

    public async Task ResumeAfter(StreamId stream, int item)
    {
        foreach (StreamSubscriptionHandle<int> handle in await Stream(stream).GetAllSubscriptionHandles())
        {
            await handle.ResumeAsync(OnNext, _tokens[item]);
        }
    }

    public Task<bool> TokensAscend() => Task.FromResult(_tokens.Zip(_tokens.Skip(1)).All(pair => pair.Second.CompareTo(pair.First) > 0));

    private async Task OnNext(int item, StreamSequenceToken? token)
    {
        if (Stage.Passed("throw once") && Stage.Next() == 1)
        {
            Stage.Note("threw");
            throw new InvalidOperationException("The consumer fails once.");
        }

        if (Stage.Passed("hold"))
        {
            Stage.Pass("holding");
            await Stage.Until("go on");
        }

        _tokens.Add(token!);
        Stage.Note($"{item}");
    }

    private IAsyncStream<int> Stream(StreamId stream) => this.GetStreamProvider(MainCluster.Streams).GetStream<int>(stream);
}

internal interface IImplicitGrain : IGrainWithStringKey
{
    Task Touch();
}

[ImplicitStreamSubscription("implicit-a")]
[ImplicitStreamSubscription("implicit-b")]
internal sealed class ImplicitGrain : Grain, IImplicitGrain, IStreamSubscriptionObserver
{
    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory)
    {
        Stage.Note($"subscribed {handleFactory.StreamId.GetNamespace()}");
        await handleFactory.Create<int>().ResumeAsync((item, _) =>
        {
            Stage.Note($"{item}");
            return Task.CompletedTask;
        });
    }

    public Task Touch() => Task.CompletedTask;
}
