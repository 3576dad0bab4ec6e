using Cloud.Runtime.Tests.Support;

namespace Cloud.Runtime.Tests;

public sealed class KeyTests(MainCluster main)
{
    [Theory]
    [InlineData("a")]
    [InlineData("with space / slash + plus ? question # hash % percent")]
    [InlineData("Ünïcode \U0001F600")]
    [InlineData("0x00000000000000000000000000000000000000ff")]
    public async Task String_keys_arrive_as_they_are(string key)
    {
        Assert.Equal(key, await main.Client.GetGrain<ITextKeyGrain>(key).Key().InTime());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public async Task Integer_keys_arrive_as_they_are(long key)
    {
        Assert.Equal(key, await main.Client.GetGrain<INumberKeyGrain>(key).Key().InTime());
    }

    [Fact]
    public async Task Guid_keys_arrive_as_they_are()
    {
        Guid key = Guid.NewGuid();
        Assert.Equal(key, await main.Client.GetGrain<IGuidKeyGrain>(key).Key().InTime());
    }

    [Fact]
    public async Task Compound_keys_arrive_with_both_parts()
    {
        Guid key = Guid.NewGuid();
        Assert.Equal($"{key} ext", await main.Client.GetGrain<IGuidCompoundKeyGrain>(key, "ext").Key().InTime());
        Assert.Equal("-7 ext", await main.Client.GetGrain<INumberCompoundKeyGrain>(-7, "ext").Key().InTime());
    }

    [Fact]
    public async Task A_compound_key_differs_by_either_part()
    {
        INumberCompoundKeyGrain[] grains =
        [
            main.Client.GetGrain<INumberCompoundKeyGrain>(1, "a"), main.Client.GetGrain<INumberCompoundKeyGrain>(1, "b"), main.Client.GetGrain<INumberCompoundKeyGrain>(2, "a"),
        ];
        Assert.Equal(["1 a", "1 b", "2 a"], await Task.WhenAll(grains.Select(grain => grain.Key())).InTime());
        Assert.Equal(3, grains.Select(grain => grain.GetGrainId()).Distinct().Count());
    }

    [Fact]
    public void References_to_the_same_grain_are_equal()
    {
        ITextKeyGrain first = main.Client.GetGrain<ITextKeyGrain>("same");
        ITextKeyGrain second = main.Client.GetGrain<ITextKeyGrain>("same");
        Assert.Equal(first, second);
        Assert.Equal(first.GetHashCode(), second.GetHashCode());
        Assert.NotEqual(first, main.Client.GetGrain<ITextKeyGrain>("other"));
    }

    [Fact]
    public void A_reference_knows_its_key()
    {
        Guid guid = Guid.NewGuid();
        Assert.Equal("text", main.Client.GetGrain<ITextKeyGrain>("text").GetPrimaryKeyString());
        Assert.Equal(5, main.Client.GetGrain<INumberKeyGrain>(5).GetPrimaryKeyLong());
        Assert.Equal(guid, main.Client.GetGrain<IGuidKeyGrain>(guid).GetPrimaryKey());
        Assert.Equal(6, main.Client.GetGrain<INumberCompoundKeyGrain>(6, "x").GetPrimaryKeyLong(out string? numberExtension));
        Assert.Equal("x", numberExtension);
        Assert.Equal(guid, main.Client.GetGrain<IGuidCompoundKeyGrain>(guid, "y").GetPrimaryKey(out string? guidExtension));
        Assert.Equal("y", guidExtension);
    }

    [Fact]
    public async Task The_same_key_of_another_grain_class_is_another_grain()
    {
        string key = Stage.NewKey();
        ITextKeyGrain text = main.Client.GetGrain<ITextKeyGrain>(key);
        ICallGrain call = main.Client.GetGrain<ICallGrain>(key);
        Assert.NotEqual(text.GetGrainId(), call.GetGrainId());
        Assert.Equal(key, await text.Key().InTime());
        Assert.Equal(1, await call.GetTask().InTime());
    }

    [Fact]
    public async Task A_grain_is_reached_through_each_of_its_interfaces()
    {
        string key = Stage.NewKey();
        await main.Client.GetGrain<IWriterGrain>(key).Write("text").InTime();
        Assert.Equal("text", await main.Client.GetGrain<IReaderGrain>(key).Read().InTime());
        Assert.Equal("text", await main.Client.GetGrain<IWriterGrain>(key).AsReference<IReaderGrain>().Read().InTime());
        Assert.Equal("text", await main.Client.GetGrain<IWriterGrain>(key).Cast<IReaderGrain>().Read().InTime());
    }

    [Fact]
    public async Task A_grain_id_leads_back_to_the_grain()
    {
        string key = Stage.NewKey();
        GrainId id = main.Client.GetGrain<ITextKeyGrain>(key).GetGrainId();
        Assert.Equal(key, await main.Client.GetGrain<ITextKeyGrain>(id).Key().InTime());
        Assert.Equal(key, await main.Client.GetGrain(id).AsReference<ITextKeyGrain>().Key().InTime());
        Assert.Equal(id, GrainId.Parse(id.ToString(), null));
    }

    [Fact]
    public void The_type_of_a_grain_takes_the_name_that_its_attribute_gives()
    {
        Assert.Equal("named-in-the-test", main.Client.GetGrain<INamedGrain>("k").GetGrainId().Type.ToString());
    }

    [Fact]
    public async Task A_grain_is_reached_through_the_type_of_its_interface()
    {
        string key = Stage.NewKey();
        ITextKeyGrain grain = (ITextKeyGrain)main.Client.GetGrain(typeof(ITextKeyGrain), key);
        Assert.Equal(key, await grain.Key().InTime());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_missing_string_key_is_refused(string? key)
    {
        Assert.ThrowsAny<ArgumentException>(() => main.Client.GetGrain<ITextKeyGrain>(key!));
    }

    [Fact]
    public void An_interface_without_a_grain_class_is_refused()
    {
        Assert.Throws<ArgumentException>(() => main.Client.GetGrain<INobodyGrain>("k"));
    }
}

internal interface ITextKeyGrain : IGrainWithStringKey
{
    Task<string> Key();
}

internal sealed class TextKeyGrain : Grain, ITextKeyGrain
{
    public Task<string> Key() => Task.FromResult(this.GetPrimaryKeyString());
}

internal interface INumberKeyGrain : IGrainWithIntegerKey
{
    Task<long> Key();
}

internal sealed class NumberKeyGrain : Grain, INumberKeyGrain
{
    public Task<long> Key() => Task.FromResult(this.GetPrimaryKeyLong());
}

internal interface IGuidKeyGrain : IGrainWithGuidKey
{
    Task<Guid> Key();
}

internal sealed class GuidKeyGrain : Grain, IGuidKeyGrain
{
    public Task<Guid> Key() => Task.FromResult(this.GetPrimaryKey());
}

internal interface IGuidCompoundKeyGrain : IGrainWithGuidCompoundKey
{
    Task<string> Key();
}

internal sealed class GuidCompoundKeyGrain : Grain, IGuidCompoundKeyGrain
{
    public Task<string> Key()
    {
        Guid key = this.GetPrimaryKey(out string? extension);
        return Task.FromResult($"{key} {extension}");
    }
}

internal interface INumberCompoundKeyGrain : IGrainWithIntegerCompoundKey
{
    Task<string> Key();
}

internal sealed class NumberCompoundKeyGrain : Grain, INumberCompoundKeyGrain
{
    public Task<string> Key()
    {
        long key = this.GetPrimaryKeyLong(out string? extension);
        return Task.FromResult($"{key} {extension}");
    }
}

internal interface IWriterGrain : IGrainWithStringKey
{
    Task Write(string text);
}

internal interface IReaderGrain : IGrainWithStringKey
{
    Task<string> Read();
}

internal sealed class NotebookGrain : Grain, IWriterGrain, IReaderGrain
{
    private string _text = "";

    public Task Write(string text)
    {
        _text = text;
        return Task.CompletedTask;
    }

    public Task<string> Read() => Task.FromResult(_text);
}

internal interface INamedGrain : IGrainWithStringKey
{
    Task Touch();
}

[GrainType("named-in-the-test")]
internal sealed class NamedGrain : Grain, INamedGrain
{
    public Task Touch() => Task.CompletedTask;
}

internal interface INobodyGrain : IGrainWithStringKey
{
    Task Touch();
}
