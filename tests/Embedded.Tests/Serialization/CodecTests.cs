using System.Collections.Immutable;
using Cloud.Embedded.Serialization;
using FsCheck;
using FsCheck.Fluent;
using Orleans.Providers.Streams.Common;
using Orleans.Serialization;

namespace Cloud.Embedded.Tests.Serialization;

public sealed class CodecTests
{
    private static readonly CodecTable Codecs = new(null);

    [Fact]
    public void Values_of_built_in_types_come_back_equal() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<(int, long, string, Guid, DateTime, TimeSpan, decimal, bool)>(),
        value => Codecs.Copy(value).Equals(value)));

    [Fact]
    public void Collections_come_back_equal() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<Dictionary<int, List<string>>>(),
        value => Codecs.Copy(value).OrderBy(pair => pair.Key).SelectMany(pair => pair.Value.Prepend($"{pair.Key}"))
            .SequenceEqual(value.OrderBy(pair => pair.Key).SelectMany(pair => pair.Value.Prepend($"{pair.Key}")))));

    [Fact]
    public void Types_of_every_shape_come_back_equal()
    {
        Shapes shapes = new(1, "one", [1, 2, 3], ImmutableArray.Create("a", "b"), new Point(3, 4), new Circle(5), null, (1, "t"), Kind.Second)
        {
            Extra = "extra",
            Bytes = new byte[] { 9, 8 },
            Map = ImmutableDictionary<string, int>.Empty.Add("k", 1),
        };
        Shapes copy = Codecs.Copy(shapes);
        Assert.NotSame(shapes, copy);
        Assert.Equal(shapes.Numbers, copy.Numbers);
        Assert.Equal(shapes.Names, copy.Names);
        Assert.Equal(shapes.Bytes.ToArray(), copy.Bytes.ToArray());
        Assert.Equal(shapes.Map, copy.Map);
        Assert.Equal((shapes.Number, shapes.Text, shapes.Point, shapes.Figure, shapes.Nothing, shapes.Pair, shapes.Kind, shapes.Extra),
            (copy.Number, copy.Text, copy.Point, copy.Figure, copy.Nothing, copy.Pair, copy.Kind, copy.Extra));
    }

    [Fact]
    public void A_type_without_the_attribute_is_refused_by_name_wherever_it_stands()
    {
        Assert.Contains(nameof(Unmarked), Assert.Throws<CodecNotFoundException>(() => Codecs.Copy(new Unmarked())).Message, StringComparison.Ordinal);
        Assert.Throws<CodecNotFoundException>(() => Codecs.Copy(new List<Unmarked> { new() }));
        Assert.Throws<CodecNotFoundException>(() => Codecs.Copy<object>(new Unmarked()));
        Assert.Throws<CodecNotFoundException>(() => Codecs.Copy(new WithUnmarkedBase()));
    }

    [Fact]
    public void A_member_without_a_number_is_lost() => Assert.Equal((1, 0), Codecs.Copy(new Forgetful { Kept = 1, Lost = 2 }) is var copy ? (copy.Kept, copy.Lost) : default);

    [Fact]
    public void Two_members_with_one_number_are_refused() =>
        Assert.Contains("First", Assert.Throws<SerializerException>(() => Codecs.Copy(new Clashing())).Message, StringComparison.Ordinal);

    [Fact]
    public void A_newer_writer_with_more_members_can_be_read_by_an_older_reader()
    {
        byte[] newer = Codecs.Encode(new Newer { A = 1, B = "b", C = [1, 2] });
        byte[] renamed = newer;
        Older older = ((ObjectCodec<Older>)Codecs.ExactCodecFor(typeof(Older))).Read(new CodecReader(renamed.AsMemory(1)));
        Assert.Equal(1, older.A);
    }

    [Fact]
    public void A_cyclic_graph_is_refused()
    {
        Node node = new();
        node.Next = node;
        Assert.Contains("cyclic", Assert.Throws<SerializerException>(() => Codecs.Copy(node)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_of_another_assembly_goes_through_its_converter() => Assert.Equal(new Foreign(42), Codecs.Copy(new List<Foreign> { new(42) })[0]);

    [Fact]
    public void A_stream_token_comes_back_equal() => Assert.Equal(new EventSequenceTokenV2(3, 4), Codecs.Copy(new EventSequenceTokenV2(3, 4)));

    [Fact]
    public void Mutated_encodings_give_a_value_or_a_refusal_and_nothing_else()
    {
        byte[] valid = Codecs.Encode(new Shapes(1, "one", [1, 2, 3], ["a", "b"], new Point(3, 4), new Circle(5), new Square(6), (1, "t"), Kind.First)
        {
            Extra = "extra",
            Bytes = new byte[] { 9, 8 },
            Map = ImmutableDictionary<string, int>.Empty.Add("k", 1),
        });
        Random random = new(7);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] mutated = valid.AsSpan(0, random.Next(4) == 0 ? random.Next(valid.Length) : valid.Length).ToArray();
            for (int flips = random.Next(1, 4); flips > 0 && mutated.Length > 0; flips--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }

            try
            {
                Codecs.Decode<Shapes>(mutated);
            }
            catch (Exception exception) when (exception is SerializerException or ArgumentException or FormatException or OverflowException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, 20_000);
    }

    private sealed class Unmarked;

    private class UnmarkedBase
    {
        public int Lost { get; set; }
    }

    [GenerateSerializer]
    private sealed class WithUnmarkedBase : UnmarkedBase;

    [GenerateSerializer]
    private sealed class Forgetful
    {
        [Id(0)]
        public int Kept { get; set; }

        public int Lost { get; set; }
    }

    [GenerateSerializer]
    private sealed class Clashing
    {
        [Id(0)]
        public int First { get; set; }

        [Id(0)]
        public int Second { get; set; }
    }

    [GenerateSerializer]
    private sealed class Older
    {
        [Id(0)]
        public int A { get; set; }
    }

    [GenerateSerializer]
    private sealed class Newer
    {
        [Id(0)]
        public int A { get; set; }

        [Id(1)]
        public string B { get; set; } = string.Empty;

        [Id(2)]
        public List<int> C { get; set; } = [];
    }

    [GenerateSerializer]
    private sealed class Node
    {
        [Id(0)]
        public Node? Next { get; set; }
    }
}

internal enum Kind
{
    First,
    Second,
}

[GenerateSerializer]
internal readonly record struct Point(int X, int Y);

[GenerateSerializer]
internal abstract record Figure
{
    private protected Figure()
    {
    }
}

[GenerateSerializer]
internal sealed record Circle(int Radius) : Figure;

[GenerateSerializer]
internal sealed record Square(int Side) : Figure;

[GenerateSerializer]
internal sealed record Shapes(
    int Number,
    string Text,
    int[] Numbers,
    ImmutableArray<string> Names,
    Point Point,
    Figure Figure,
    Figure? Nothing,
    (int, string) Pair,
    Kind Kind)
{
    [Id(100)]
    public string? Extra { get; init; }

    [Id(101)]
    public ReadOnlyMemory<byte> Bytes { get; init; }

    [Id(102)]
    public ImmutableDictionary<string, int> Map { get; init; } = ImmutableDictionary<string, int>.Empty;
}

/// <summary>Stands for a type of a library that knows nothing of grains.</summary>
internal readonly record struct Foreign(int Value);

[GenerateSerializer]
internal struct ForeignSurrogate
{
    [Id(0)]
    public int Value;
}

[RegisterConverter]
internal sealed class ForeignConverter : IConverter<Foreign, ForeignSurrogate>
{
    public Foreign ConvertFromSurrogate(in ForeignSurrogate surrogate) => new(surrogate.Value);

    public ForeignSurrogate ConvertToSurrogate(in Foreign value) => new() { Value = value.Value };
}
