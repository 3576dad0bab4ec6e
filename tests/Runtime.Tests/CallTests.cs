using System.Collections.Immutable;
using System.Numerics;
using Cloud.Runtime.Tests.Support;
using Orleans.Concurrency;

namespace Cloud.Runtime.Tests;

/// <summary>What crosses a call: arguments, results, exceptions, context.</summary>
public sealed class CallTests(MainCluster main)
{
    private readonly string _key = Stage.NewKey();

    private ICallGrain Grain => main.Client.GetGrain<ICallGrain>(_key);

    [Fact]
    public async Task Methods_return_tasks_and_value_tasks_with_and_without_result()
    {
        ICallGrain grain = Grain;
        await grain.DoTask().InTime();
        await grain.DoValueTask().InTime();
        Assert.Equal(1, await grain.GetTask().InTime());
        Assert.Equal(2, await grain.GetValueTask().InTime());
        Assert.Equal(["task", "value task"], Stage.At(_key).Notes);
    }

    [Fact]
    public async Task Overloads_of_a_method_are_told_apart()
    {
        Assert.Equal("text a", await Grain.Overloaded("a").InTime());
        Assert.Equal("number 1", await Grain.Overloaded(1).InTime());
        Assert.Equal("both a 1", await Grain.Overloaded("a", 1).InTime());
    }

    [Fact]
    public async Task Inherited_interface_methods_are_callable()
    {
        Assert.Equal("base", await main.Client.GetGrain<IDerivedGrain>(_key).FromBase().InTime());
        Assert.Equal("base", await main.Client.GetGrain<IDerivedGrain>(_key).AsReference<IBaseGrain>().FromBase().InTime());
    }

    [Fact]
    public async Task Generic_methods_carry_their_type_argument()
    {
        Assert.Equal("Int32", await Grain.TypeName<int>().InTime());
        Assert.Equal("String", await Grain.TypeName<string>().InTime());
    }

    [Fact]
    public async Task Arguments_of_every_shape_arrive_as_they_were_sent()
    {
        Everything sent = Everything.Sample();
        Everything back = await Grain.Echo(sent).InTime();
        back.AssertEqual(sent);
    }

    [Fact]
    public async Task Arguments_of_every_shape_arrive_from_grain_to_grain()
    {
        Everything sent = Everything.Sample();
        Everything back = await Grain.EchoThrough(Stage.NewKey(), sent).InTime();
        back.AssertEqual(sent);
    }

    [Fact]
    public async Task Null_arguments_and_results_stay_null()
    {
        Assert.Null(await Grain.EchoText(null).InTime());
        Assert.Null(await Grain.EchoShape(null).InTime());
    }

    [Fact]
    public async Task A_derived_record_keeps_its_type_behind_an_abstract_parameter()
    {
        Assert.Equal(new Circle(2), await Grain.EchoShape(new Circle(2)).InTime());
        Assert.Equal(new Square(3), await Grain.EchoShape(new Square(3)).InTime());
    }

    [Fact]
    public async Task A_large_argument_crosses()
    {
        byte[] sent = new byte[1_000_000];
        Random.Shared.NextBytes(sent);
        Assert.Equal(sent, await Grain.EchoBytes(sent).InTime());
    }

    [Fact]
    public async Task The_callee_gets_a_copy_of_a_mutable_argument()
    {
        List<int> sent = [1, 2, 3];
        await Grain.Mutate(sent).InTime();
        Assert.Equal([1, 2, 3], sent);
        Assert.Equal(1, await Grain.MutateBetweenGrains(Stage.NewKey()).InTime());
    }

    [Fact]
    public async Task A_change_by_the_caller_after_the_call_does_not_reach_the_callee()
    {
        Assert.Equal(1, await Grain.ChangeAfterSending(Stage.NewKey()).InTime());
    }

    [Fact]
    public async Task The_caller_gets_a_copy_of_a_mutable_result()
    {
        ICallGrain grain = Grain;
        List<int> first = await grain.Keep([1, 2]).InTime();
        first.Add(3);
        Assert.Equal([1, 2], await grain.Kept().InTime());
        Assert.Equal(2, await main.Client.GetGrain<ICallGrain>(Stage.NewKey()).TouchKept(_key).InTime());
        Assert.Equal([1, 2], await grain.Kept().InTime());
    }

    [Fact]
    public async Task Immutable_arguments_arrive_with_their_content()
    {
        byte[] sent = [1, 2, 3];
        Assert.Equal(6, await Grain.SumImmutable(new Immutable<byte[]>(sent)).InTime());
        Assert.Equal(6, await Grain.SumMarked(sent).InTime());
        Assert.Equal(6, await Grain.SumFrozen(new Frozen(sent)).InTime());
    }

    [Fact]
    public async Task Optional_parameters_keep_their_defaults()
    {
        Assert.Equal("a-5", await Grain.Optional("a").InTime());
    }

    [Fact]
    public async Task A_reference_to_a_grain_can_be_an_argument_and_a_result()
    {
        ICallGrain other = main.Client.GetGrain<ICallGrain>(Stage.NewKey());
        ICallGrain returned = await Grain.PassOn(other).InTime();
        Assert.Equal(other, returned);
        Assert.Equal(1, await returned.GetTask().InTime());
    }

    [Fact]
    public async Task A_grain_hands_out_a_reference_to_itself()
    {
        ICallGrain self = await Grain.Self().InTime();
        Assert.Equal(Grain, self);
        Assert.Equal(_key, self.GetPrimaryKeyString());
        Assert.Equal(1, await self.GetTask().InTime());
    }

    [Fact]
    public async Task An_exception_crosses_with_its_type_and_message()
    {
        ArgumentOutOfRangeException exception = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Grain.Throw("range").InTime());
        Assert.Contains("too far", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exception_thrown_before_the_first_await_comes_through_the_task()
    {
        Task call = Grain.ThrowSynchronously();
        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(() => call.InTime());
        Assert.Equal("at once", exception.Message);
    }

    [Fact]
    public async Task An_exception_of_our_own_crosses_with_its_type_and_fields()
    {
        QuotaException exception = await Assert.ThrowsAsync<QuotaException>(() => Grain.Throw("quota").InTime());
        Assert.Equal(42, exception.Limit);
        Assert.Equal("Too much.", exception.Message);
    }

    [Fact]
    public async Task An_inner_exception_crosses()
    {
        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(() => Grain.Throw("inner").InTime());
        Assert.Equal("inner cause", Assert.IsType<FormatException>(exception.InnerException).Message);
    }

    [Fact]
    public async Task An_exception_passes_through_a_grain_in_between()
    {
        ArgumentOutOfRangeException exception = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Grain.ThrowThrough(Stage.NewKey(), "range").InTime());
        Assert.Contains("too far", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_grain_goes_on_after_it_has_thrown()
    {
        ICallGrain grain = Grain;
        await grain.Keep([9]).InTime();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => grain.Throw("range").InTime());
        Assert.Equal([9], await grain.Kept().InTime());
    }

    [Fact]
    public async Task The_stack_trace_of_an_exception_names_the_grain_method()
    {
        ArgumentOutOfRangeException exception = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Grain.Throw("range").InTime());
        Assert.Contains("CallGrain.Throw", exception.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_one_way_call_completes_before_the_callee_does()
    {
        IOneWayGrain grain = main.Client.GetGrain<IOneWayGrain>(_key);
        await grain.Start().InTime();
        await Stage.At(_key).Until("started");
        Assert.Empty(Stage.At(_key).Notes);
        Stage.At(_key).Pass("finish");
        Assert.Equal(["finished"], await Stage.At(_key).UntilNotes(1));
    }

    [Fact]
    public async Task A_one_way_call_hides_the_exception_of_the_callee()
    {
        IOneWayGrain grain = main.Client.GetGrain<IOneWayGrain>(_key);
        await grain.Fail().InTime();
        await Stage.At(_key).Until("failed");
    }

    [Fact]
    public async Task A_one_way_call_holds_the_grain_as_any_other()
    {
        IOneWayGrain grain = main.Client.GetGrain<IOneWayGrain>(_key);
        await grain.Start().InTime();
        await Stage.At(_key).Until("started");
        Task after = grain.After();
        await main.Client.GetGrain<ICallGrain>(Stage.NewKey()).DoTask().InTime();
        Assert.False(after.IsCompleted);
        Stage.At(_key).Pass("finish");
        await after.InTime();
        Assert.Equal(["finished", "after"], Stage.At(_key).Notes);
    }

    [Fact]
    public async Task The_request_context_flows_to_the_callee_and_on_to_its_callees()
    {
        RequestContext.Set("trace", "t-1");
        try
        {
            Assert.Equal("t-1", await Grain.Context("trace").InTime());
            Assert.Equal("t-1", await Grain.ContextThrough(Stage.NewKey(), "trace").InTime());
        }
        finally
        {
            RequestContext.Clear();
        }

        Assert.Null(await Grain.Context("trace").InTime());
    }

    [Fact]
    public async Task What_the_callee_puts_into_the_request_context_does_not_come_back()
    {
        RequestContext.Set("trace", "mine");
        try
        {
            await Grain.SetContext("trace", "theirs").InTime();
            Assert.Equal("mine", RequestContext.Get("trace"));
        }
        finally
        {
            RequestContext.Clear();
        }
    }

    [Fact]
    public async Task The_request_context_of_one_request_is_not_seen_by_the_next()
    {
        await Grain.SetContext("trace", "left over").InTime();
        Assert.Null(await Grain.Context("trace").InTime());
    }

    [Fact]
    public async Task A_removed_key_is_not_sent()
    {
        RequestContext.Set("a", 1);
        RequestContext.Set("b", 2);
        try
        {
            Assert.True(RequestContext.Remove("a"));
            Assert.Null(await Grain.Context("a").InTime());
            Assert.Equal("2", await Grain.Context("b").InTime());
        }
        finally
        {
            RequestContext.Clear();
        }
    }

    [Fact]
    public async Task A_hosted_client_inside_a_silo_calls_grains_too()
    {
        IGrainFactory factory = (IGrainFactory)main.Cluster.Silos[0].ServiceProvider.GetService(typeof(IGrainFactory))!;
        Assert.Equal(1, await factory.GetGrain<ICallGrain>(_key).GetTask().InTime());
        Assert.Equal(factory.GetGrain<ICallGrain>(_key).GetGrainId(), Grain.GetGrainId());
    }
}

[GenerateSerializer]
internal enum Colour : byte
{
    Red = 1,
    Green = 2,
}

[GenerateSerializer]
internal abstract record Shape;

[GenerateSerializer]
internal sealed record Circle([property: Id(0)] int Radius) : Shape;

[GenerateSerializer]
internal sealed record Square([property: Id(0)] int Side) : Shape;

[GenerateSerializer, Immutable]
internal sealed record Frozen([property: Id(0)] byte[] Bytes);

[GenerateSerializer]
internal readonly record struct Pair([property: Id(0)] int Left, [property: Id(1)] string Right);

[GenerateSerializer]
internal sealed class QuotaException : Exception
{
    public QuotaException()
    {
    }

    public QuotaException(string message)
        : base(message)
    {
    }

    public QuotaException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    [Id(0)]
    public int Limit { get; init; }
}

[GenerateSerializer]
internal sealed record Everything
{
    [Id(0)]
    public bool Flag { get; init; }

    [Id(1)]
    public byte Small { get; init; }

    [Id(2)]
    public long Large { get; init; }

    [Id(3)]
    public ulong Unsigned { get; init; }

    [Id(4)]
    public double Ratio { get; init; }

    [Id(5)]
    public decimal Price { get; init; }

    [Id(6)]
    public string Text { get; init; } = "";

    [Id(7)]
    public Guid Id { get; init; }

    [Id(8)]
    public DateTimeOffset At { get; init; }

    [Id(9)]
    public TimeSpan For { get; init; }

    [Id(10)]
    public int? Maybe { get; init; }

    [Id(11)]
    public Colour Colour { get; init; }

    [Id(12)]
    public byte[] Bytes { get; init; } = [];

    [Id(13)]
    public int[][] Nested { get; init; } = [];

    [Id(14)]
    public List<string> List { get; init; } = [];

    [Id(15)]
    public Dictionary<string, List<int>> Map { get; init; } = [];

    [Id(16)]
    public HashSet<long> Set { get; init; } = [];

    [Id(17)]
    public ImmutableArray<int> Frozen { get; init; } = [];

    [Id(18)]
    public (int Left, string Right) Tuple { get; init; }

    [Id(19)]
    public Pair Pair { get; init; }

    [Id(20)]
    public Shape? Shape { get; init; }

    [Id(21)]
    public List<Shape> Shapes { get; init; } = [];

    [Id(22)]
    public BigInteger Big { get; init; }

    [Id(23)]
    public UInt128 Wide { get; init; }

    [Id(24)]
    public string? Nothing { get; init; }

    [Id(25)]
    public Uri? Address { get; init; }

    [Id(26)]
    public Queue<int> Queue { get; init; } = [];

    [Id(27)]
    public ReadOnlyMemory<byte> Memory { get; init; }

    [Id(28)]
    public char Letter { get; init; }

    [Id(29)]
    public ImmutableList<string> FrozenList { get; init; } = [];

    [Id(30)]
    public ImmutableDictionary<string, int> FrozenMap { get; init; } = ImmutableDictionary<string, int>.Empty;

    [Id(31)]
    public DateTime Day { get; init; }

    [Id(32)]
    public Version? Version { get; init; }

    public static Everything Sample() => new()
    {
        Flag = true,
        Small = 200,
        Large = long.MinValue,
        Unsigned = ulong.MaxValue,
        Ratio = -0.1,
        Price = 123.456m,
        Text = "Ünïcode \0 \U0001F600",
        Id = Guid.NewGuid(),
        At = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)),
        For = TimeSpan.FromTicks(12345),
        Maybe = 5,
        Colour = Colour.Green,
        Bytes = [0, 255, 1],
        Nested = [[1, 2], [], [3]],
        List = ["a", "", "b"],
        Map = new Dictionary<string, List<int>>(StringComparer.Ordinal) { ["x"] = [1], ["y"] = [] },
        Set = [1, -1],
        Frozen = [9, 8],
        Tuple = (4, "four"),
        Pair = new Pair(6, "six"),
        Shape = new Circle(7),
        Shapes = [new Square(8), new Circle(9)],
        Big = BigInteger.Pow(2, 200),
        Wide = UInt128.MaxValue,
        Address = new Uri("http://localhost:1/path"),
        Queue = new Queue<int>([1, 2, 3]),
        Memory = new byte[] { 5, 6 },
        Letter = 'ß',
        FrozenList = ["p", "q"],
        FrozenMap = ImmutableDictionary<string, int>.Empty.Add("one", 1),
        Day = new DateTime(2030, 1, 2, 3, 4, 5, DateTimeKind.Utc),
        Version = new Version(1, 2, 3),
    };

    public void AssertEqual(Everything expected)
    {
        Assert.Equivalent(expected with { Memory = default, Shape = null, Shapes = [] }, this with { Memory = default, Shape = null, Shapes = [] }, strict: true);
        Assert.Equal(expected.Memory.ToArray(), Memory.ToArray());
        Assert.Equal(expected.Shape, Shape);
        Assert.Equal(expected.Shapes, Shapes);
        Assert.Equal(expected.Day.Kind, Day.Kind);
        Assert.Equal(expected.At.Offset, At.Offset);
    }
}

internal interface ICallGrain : IGrainWithStringKey
{
    Task DoTask();

    ValueTask DoValueTask();

    Task<int> GetTask();

    ValueTask<int> GetValueTask();

    Task<string> Overloaded(string text);

    Task<string> Overloaded(int number);

    Task<string> Overloaded(string text, int number);

    Task<string> TypeName<T>();

    Task<Everything> Echo(Everything everything);

    Task<Everything> EchoThrough(string other, Everything everything);

    Task<string?> EchoText(string? text);

    Task<Shape?> EchoShape(Shape? shape);

    Task<byte[]> EchoBytes(byte[] bytes);

    Task Mutate(List<int> list);

    Task<int> MutateBetweenGrains(string other);

    Task<int> ChangeAfterSending(string other);

    Task<int> CountLater(string stage, List<int> list);

    Task<List<int>> Keep(List<int> list);

    Task<List<int>> Kept();

    Task<int> TouchKept(string other);

    Task<int> SumImmutable(Immutable<byte[]> bytes);

    Task<int> SumMarked([Immutable] byte[] bytes);

    Task<int> SumFrozen(Frozen frozen);

    Task<string> Optional(string text, int number = 5);

    Task<ICallGrain> PassOn(ICallGrain grain);

    Task<ICallGrain> Self();

    Task Throw(string kind);

    Task ThrowSynchronously();

    Task ThrowThrough(string other, string kind);

    Task<string?> Context(string key);

    Task<string?> ContextThrough(string other, string key);

    Task SetContext(string key, string value);
}

internal sealed class CallGrain : Grain, ICallGrain
{
    private List<int> _kept = [];

    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public Task DoTask()
    {
        Stage.Note("task");
        return Task.CompletedTask;
    }

    public ValueTask DoValueTask()
    {
        Stage.Note("value task");
        return ValueTask.CompletedTask;
    }

    public Task<int> GetTask() => Task.FromResult(1);

    public async ValueTask<int> GetValueTask()
    {
        await Task.Yield();
        return 2;
    }

    public Task<string> Overloaded(string text) => Task.FromResult($"text {text}");

    public Task<string> Overloaded(int number) => Task.FromResult($"number {number}");

    public Task<string> Overloaded(string text, int number) => Task.FromResult($"both {text} {number}");

    public Task<string> TypeName<T>() => Task.FromResult(typeof(T).Name);

    public Task<Everything> Echo(Everything everything) => Task.FromResult(everything);

    public Task<Everything> EchoThrough(string other, Everything everything) => GrainFactory.GetGrain<ICallGrain>(other).Echo(everything);

    public Task<string?> EchoText(string? text) => Task.FromResult(text);

    public Task<Shape?> EchoShape(Shape? shape) => Task.FromResult(shape);

    public Task<byte[]> EchoBytes(byte[] bytes) => Task.FromResult(bytes);

    public Task Mutate(List<int> list)
    {
        list.Clear();
        return Task.CompletedTask;
    }

    public async Task<int> MutateBetweenGrains(string other)
    {
        List<int> list = [1];
        await GrainFactory.GetGrain<ICallGrain>(other).Mutate(list);
        return list.Count;
    }

    public async Task<int> ChangeAfterSending(string other)
    {
        List<int> list = [1];
        Task<int> counting = GrainFactory.GetGrain<ICallGrain>(other).CountLater(other, list);
        list.Add(2);
        list.Add(3);
        Stage.At(other).Pass("count");
        return await counting;
    }

    public async Task<int> CountLater(string stage, List<int> list)
    {
        await Stage.At(stage).Until("count");
        return list.Count;
    }

    public Task<List<int>> Keep(List<int> list)
    {
        _kept = list;
        return Task.FromResult(_kept);
    }

    public Task<List<int>> Kept() => Task.FromResult(_kept);

    public async Task<int> TouchKept(string other)
    {
        List<int> kept = await GrainFactory.GetGrain<ICallGrain>(other).Kept();
        int count = kept.Count;
        kept.Clear();
        return count;
    }

    public Task<int> SumImmutable(Immutable<byte[]> bytes) => Task.FromResult(bytes.Value.Sum(value => value));

    public Task<int> SumMarked(byte[] bytes) => Task.FromResult(bytes.Sum(value => value));

    public Task<int> SumFrozen(Frozen frozen) => Task.FromResult(frozen.Bytes.Sum(value => value));

    public Task<string> Optional(string text, int number) => Task.FromResult($"{text}-{number}");

    public Task<ICallGrain> PassOn(ICallGrain grain) => Task.FromResult(grain);

    public Task<ICallGrain> Self() => Task.FromResult(this.AsReference<ICallGrain>());

    public async Task Throw(string kind)
    {
        await Task.Yield();
        throw kind switch
        {
            "range" => new ArgumentOutOfRangeException(nameof(kind), "too far"),
            "quota" => new QuotaException("Too much.") { Limit = 42 },
            _ => new InvalidOperationException("outer", new FormatException("inner cause")),
        };
    }

    public Task ThrowSynchronously() => throw new InvalidOperationException("at once");

    public Task ThrowThrough(string other, string kind) => GrainFactory.GetGrain<ICallGrain>(other).Throw(kind);

    public Task<string?> Context(string key) => Task.FromResult(RequestContext.Get(key)?.ToString());

    public Task<string?> ContextThrough(string other, string key) => GrainFactory.GetGrain<ICallGrain>(other).Context(key);

    public Task SetContext(string key, string value)
    {
        RequestContext.Set(key, value);
        return Task.CompletedTask;
    }
}

internal interface IBaseGrain : IGrainWithStringKey
{
    Task<string> FromBase();
}

internal interface IDerivedGrain : IBaseGrain
{
    Task<string> FromDerived();
}

internal sealed class DerivedGrain : Grain, IDerivedGrain
{
    public Task<string> FromBase() => Task.FromResult("base");

    public Task<string> FromDerived() => Task.FromResult("derived");
}

internal interface IOneWayGrain : IGrainWithStringKey
{
    [OneWay]
    Task Start();

    [OneWay]
    ValueTask Fail();

    Task After();
}

internal sealed class OneWayGrain : Grain, IOneWayGrain
{
    private Stage Stage => Stage.At(this.GetPrimaryKeyString());

    public async Task Start()
    {
        Stage.Pass("started");
        await Stage.Until("finish");
        Stage.Note("finished");
    }

    public ValueTask Fail()
    {
        Stage.Pass("failed");
        throw new InvalidOperationException("Nobody hears this.");
    }

    public Task After()
    {
        Stage.Note("after");
        return Task.CompletedTask;
    }
}
