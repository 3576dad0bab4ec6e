using Cloud.Runtime.Tests.Support;

namespace Cloud.Runtime.Tests;

public sealed class FilterTests(FilterCluster cluster) : IClassFixture<FilterCluster>
{
    private readonly string _key = Stage.NewKey();

    private IFilteredGrain Grain => cluster.Client.GetGrain<IFilteredGrain>(_key);

    [Fact]
    public async Task Filters_wrap_a_call_in_the_order_of_registration_from_the_caller_to_the_grain()
    {
        Assert.Equal("hello", await Grain.Say(_key, "hello").InTime());
        Assert.Equal(
            [
                "client outgoing 1 > Say", "client outgoing 2 > Say", "incoming 1 > Say", "incoming 2 > Say", "grain > Say", "Say",
                "grain < hello", "incoming 2 < hello", "incoming 1 < hello", "client outgoing 2 < hello", "client outgoing 1 < hello",
            ],
            Stage.At(_key).Notes);
    }

    [Fact]
    public async Task A_call_from_grain_to_grain_passes_the_outgoing_filters_of_the_silo()
    {
        string other = Stage.NewKey();
        await Grain.SayThrough(other, _key, "hello").InTime();
        Assert.Contains("silo outgoing > Say", Stage.At(_key).Notes);
        Assert.DoesNotContain("client outgoing 1 > Say", Stage.At(_key).Notes);
    }

    [Fact]
    public async Task A_filter_sees_the_interface_the_method_the_arguments_and_the_target()
    {
        await Grain.Say(_key, "describe").InTime();
        Assert.Contains(
            $"interface IFilteredGrain, method Say, arguments 2, second describe, grain FilteredGrain, target {Grain.GetGrainId()}, implementation Say",
            Stage.At(_key).Notes);
    }

    [Fact]
    public async Task A_filter_may_change_the_result()
    {
        Assert.Equal("changed by filter", await Grain.Say(_key, "change result").InTime());
    }

    [Fact]
    public async Task A_filter_may_change_an_argument()
    {
        Assert.Equal("argument of filter", await Grain.Say(_key, "change argument").InTime());
    }

    [Fact]
    public async Task A_filter_may_answer_in_place_of_the_grain()
    {
        Assert.Equal("answer of filter", await Grain.Say(_key, "answer").InTime());
        Assert.DoesNotContain("Say", Stage.At(_key).Notes);
    }

    [Fact]
    public async Task A_filter_may_refuse_a_call()
    {
        UnauthorizedAccessException exception = await Assert.ThrowsAsync<UnauthorizedAccessException>(() => Grain.Say(_key, "refuse").InTime());
        Assert.Equal("Refused by filter.", exception.Message);
        Assert.DoesNotContain("Say", Stage.At(_key).Notes);
    }

    [Fact]
    public async Task A_filter_sees_the_exception_of_the_grain_and_may_replace_it()
    {
        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(() => Grain.Say(_key, "throw").InTime());
        Assert.Equal("Replaced by filter: thrown by grain", exception.Message);
    }

    [Fact]
    public async Task What_an_outgoing_filter_puts_into_the_request_context_reaches_the_grain()
    {
        Assert.Equal("from filter", await Grain.ReadContext(_key).InTime());
    }

    [Fact]
    public async Task What_an_incoming_filter_puts_into_the_request_context_reaches_the_grain()
    {
        Assert.Equal("from incoming", await Grain.ReadIncomingContext(_key).InTime());
    }
}

internal static class FilterNotes
{
    /// <summary>Notes a call of the tested interface on the stage that its first argument names.</summary>
    public static async Task Around(IGrainCallContext context, string name)
    {
        if (StageOf(context) is not { } stage)
        {
            await context.Invoke();
            return;
        }

        if (name == "client outgoing 1" && context.MethodName == nameof(IFilteredGrain.ReadContext))
        {
            RequestContext.Set("filter", "from filter");
        }

        stage.Note($"{name} > {context.MethodName}");
        await context.Invoke();
        stage.Note($"{name} < {context.Result}");
    }

    public static Stage? StageOf(IGrainCallContext context) =>
        context.InterfaceName.EndsWith(nameof(IFilteredGrain), StringComparison.Ordinal) && context.MethodName != nameof(IFilteredGrain.SayThrough)
            ? Stage.At((string)context.Request.GetArgument(0)!)
            : null;
}

internal sealed class FirstIncomingFilter : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (FilterNotes.StageOf(context) is { } stage && context.Request.GetArgumentCount() == 2 && context.Request.GetArgument(1) is "describe")
        {
            stage.Note(
                $"interface {context.InterfaceMethod.DeclaringType!.Name}, method {context.MethodName}, arguments {context.Request.GetArgumentCount()}, " +
                $"second {context.Request.GetArgument(1)}, grain {context.Grain.GetType().Name}, target {context.TargetId}, implementation {context.ImplementationMethod.Name}");
        }

        await FilterNotes.Around(context, "incoming 1");
    }
}

internal sealed class ChangingFilter : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (FilterNotes.StageOf(context) is null)
        {
            await context.Invoke();
            return;
        }

        if (context.MethodName == nameof(IFilteredGrain.ReadIncomingContext))
        {
            RequestContext.Set("filter", "from incoming");
        }

        switch (context.Request.GetArgumentCount() == 2 ? context.Request.GetArgument(1) : null)
        {
            case "change argument":
                context.Request.SetArgument(1, "argument of filter");
                await context.Invoke();
                break;
            case "change result":
                await context.Invoke();
                context.Result = "changed by filter";
                break;
            case "answer":
                context.Result = "answer of filter";
                break;
            case "refuse":
                throw new UnauthorizedAccessException("Refused by filter.");
            case "throw":
                try
                {
                    await context.Invoke();
                }
                catch (FormatException exception)
                {
                    throw new InvalidOperationException($"Replaced by filter: {exception.Message}");
                }

                break;
            default:
                await context.Invoke();
                break;
        }
    }
}

internal interface IFilteredGrain : IGrainWithStringKey
{
    Task<string> Say(string stage, string text);

    Task<string> SayThrough(string other, string stage, string text);

    Task<string?> ReadContext(string stage);

    Task<string?> ReadIncomingContext(string stage);
}

internal sealed class FilteredGrain : Grain, IFilteredGrain, IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context) => FilterNotes.Around(context, "grain");

    public Task<string> Say(string stage, string text)
    {
        Stage.At(stage).Note("Say");
        return text == "throw" ? throw new FormatException("thrown by grain") : Task.FromResult(text);
    }

    public Task<string> SayThrough(string other, string stage, string text) => GrainFactory.GetGrain<IFilteredGrain>(other).Say(stage, text);

    public Task<string?> ReadContext(string stage) => Task.FromResult(RequestContext.Get("filter") as string);

    public Task<string?> ReadIncomingContext(string stage) => Task.FromResult(RequestContext.Get("filter") as string);
}
