using System.Runtime.CompilerServices;
using Cloud.Runtime.Tests.Support;

namespace Cloud.Runtime.Tests;

public sealed class EnumerableTests(MainCluster main)
{
    private readonly string _key = Stage.NewKey();

    private ISequenceGrain Grain => main.Client.GetGrain<ISequenceGrain>(_key);

    private Stage Stage => Stage.At(_key);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(250)]
    public async Task All_elements_arrive_in_order(int count)
    {
        Assert.Equal(Enumerable.Range(0, count), await Collect(Grain.Count(count)).InTime());
    }

    [Fact]
    public async Task A_grain_enumerates_another_grain()
    {
        Assert.Equal(Enumerable.Range(0, 30).Sum(), await Grain.SumOf(Stage.NewKey(), 30).InTime());
    }

    [Fact]
    public async Task Elements_arrive_while_the_sequence_is_still_open()
    {
        await using IAsyncEnumerator<int> elements = Grain.Held(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await elements.MoveNextAsync().InTime());
        Assert.Equal(0, elements.Current);
        Stage.Pass("go on");
        Assert.True(await elements.MoveNextAsync().InTime());
        Assert.Equal(1, elements.Current);
        Assert.False(await elements.MoveNextAsync().InTime());
    }

    [Fact]
    public async Task Nothing_runs_before_the_first_element_is_asked_for()
    {
        IAsyncEnumerable<int> sequence = Grain.Count(3);
        Assert.Empty(Stage.Notes);
        Assert.Equal(3, (await Collect(sequence).InTime()).Count);
        Assert.Contains("begins", Stage.Notes);
    }

    [Fact]
    public async Task Each_enumeration_runs_anew()
    {
        IAsyncEnumerable<int> sequence = Grain.Count(3);
        Assert.Equal([0, 1, 2], await Collect(sequence).InTime());
        Assert.Equal([0, 1, 2], await Collect(sequence).InTime());
    }

    [Fact]
    public async Task Leaving_early_ends_the_sequence_in_the_grain()
    {
        await foreach (int element in Grain.Held(TestContext.Current.CancellationToken))
        {
            Assert.Equal(0, element);
            break;
        }

        await Stage.Until("disposed");
    }

    [Fact]
    public async Task A_request_is_served_while_a_sequence_is_open()
    {
        await using IAsyncEnumerator<int> elements = Grain.Held(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await elements.MoveNextAsync().InTime());
        await Grain.Touch().InTime();
    }

    [Fact]
    public async Task An_exception_arrives_after_the_elements_before_it()
    {
        List<int> got = [];
        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (int element in Grain.Failing(2))
            {
                got.Add(element);
            }
        });
        Assert.Equal("after 2", exception.Message);
        Assert.Equal([0, 1], got);
    }

    [Fact]
    public async Task Cancelling_ends_the_enumeration_and_reaches_the_grain()
    {
        using CancellationTokenSource source = new();
        await using IAsyncEnumerator<int> elements = Grain.Held(source.Token).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await elements.MoveNextAsync().InTime());
        ValueTask<bool> next = elements.MoveNextAsync();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next.InTime());
        await Stage.Until("disposed");
    }

    [Fact]
    public async Task WithCancellation_ends_the_enumeration_and_reaches_the_grain()
    {
        using CancellationTokenSource source = new();
        await using ConfiguredCancelableAsyncEnumerable<int>.Enumerator elements = Grain.Held(CancellationToken.None).WithCancellation(source.Token).GetAsyncEnumerator();
        Assert.True(await elements.MoveNextAsync());
        Task<bool> next = Next(elements);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next.InTime());
        await Stage.Until("disposed");

        static async Task<bool> Next(ConfiguredCancelableAsyncEnumerable<int>.Enumerator elements) => await elements.MoveNextAsync();
    }

    [Fact]
    public async Task The_end_of_the_activation_aborts_the_enumeration()
    {
        await using IAsyncEnumerator<int> elements = Grain.Held(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await elements.MoveNextAsync().InTime());
        await main.Cluster.DeactivateAsync(Grain).InTime();
        await Assert.ThrowsAsync<EnumerationAbortedException>(async () => await elements.MoveNextAsync().InTime());
    }

    [Fact]
    public async Task A_batch_size_changes_nothing_in_what_arrives()
    {
        Assert.Equal(Enumerable.Range(0, 25), await Collect(Grain.Count(25).WithBatchSize(3)).InTime());
    }

    private static async Task<List<int>> Collect(IAsyncEnumerable<int> sequence)
    {
        List<int> elements = [];
        await foreach (int element in sequence)
        {
            elements.Add(element);
        }

        return elements;
    }
}

internal interface ISequenceGrain : IGrainWithStringKey
{
    IAsyncEnumerable<int> Count(int count);

    /// <summary>0 at once, 1 when the test lets it go on.</summary>
    IAsyncEnumerable<int> Held(CancellationToken cancellationToken);

    IAsyncEnumerable<int> Failing(int after);

    Task<int> SumOf(string other, int count);

    Task Touch();
}

internal sealed class SequenceGrain : Grain, ISequenceGrain
{
    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public async IAsyncEnumerable<int> Count(int count)
    {
        Stage.Note("begins");
        for (int i = 0; i < count; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }

    public async IAsyncEnumerable<int> Held([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            yield return 0;
            await Stage.Until("go on").WaitAsync(cancellationToken);
            yield return 1;
        }
        finally
        {
            Stage.Pass("disposed");
        }
    }

    public async IAsyncEnumerable<int> Failing(int after)
    {
        for (int i = 0; i < after; i++)
        {
            await Task.Yield();
            yield return i;
        }

        throw new InvalidOperationException($"after {after}");
    }

    public async Task<int> SumOf(string other, int count)
    {
        int sum = 0;
        await foreach (int element in GrainFactory.GetGrain<ISequenceGrain>(other).Count(count))
        {
            sum += element;
        }

        return sum;
    }

    public Task Touch() => Task.CompletedTask;
}
