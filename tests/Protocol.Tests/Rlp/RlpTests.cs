using System.Numerics;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Protocol.Tests.Rlp;

public sealed class RlpTests
{
    private static readonly Config TenThousand = Config.QuickThrowOnFailure.WithMaxTest(10_000);

    [Theory]
    [InlineData("", RlpError.Truncated)]
    [InlineData("8100", RlpError.NonCanonicalLength)]
    [InlineData("b800", RlpError.LeadingZero)]
    [InlineData("b801ff", RlpError.NonCanonicalLength)]
    [InlineData("b90001ff", RlpError.LeadingZero)]
    [InlineData("83ffff", RlpError.Truncated)]
    [InlineData("8080", RlpError.TrailingBytes)]
    [InlineData("ff7fffffffffffffff", RlpError.Overflow)]
    [InlineData("fbffffffff", RlpError.Overflow)]
    [InlineData("fb7fffffff", RlpError.Truncated)]
    [InlineData("c2c181", RlpError.Truncated)]
    [InlineData("c3c28100", RlpError.NonCanonicalLength)]
    public void Encodings_that_are_not_canonical_are_refused_by_name(string hex, RlpError expected) =>
        Assert.Equal(expected, RlpReader.Validate(Hex.Decode(hex)));

    [Theory]
    [InlineData("00", RlpError.LeadingZero)]
    [InlineData("820001", RlpError.LeadingZero)]
    [InlineData("89010000000000000000", RlpError.Overflow)]
    [InlineData("c0", RlpError.WrongKind)]
    public void Integers_that_are_not_canonical_are_refused_by_name(string hex, RlpError expected)
    {
        RlpReader reader = new(Hex.Decode(hex));
        Assert.False(reader.TryReadUInt64(out _));
        Assert.Equal(expected, reader.Error);
    }

    [Fact]
    public void The_first_failure_stays_and_later_reads_fail()
    {
        RlpReader reader = new(Hex.Decode("0001"));
        Assert.False(reader.TryReadUInt64(out _));
        Assert.False(reader.TryReadUInt64(out ulong value));
        Assert.Equal(0UL, value);
        Assert.Equal(RlpError.LeadingZero, reader.Error);
        Assert.True(reader.IsAtEnd);
        Assert.False(reader.TryEnd());
    }

    [Fact]
    public void Fixed_widths_are_strict()
    {
        RlpReader shorter = new(Hex.Decode("93" + new string('1', 38)));
        Assert.False(shorter.TryReadAddress(out _));
        Assert.Equal(RlpError.TooShort, shorter.Error);
        RlpReader longer = new(Hex.Decode("95" + new string('1', 42)));
        Assert.False(longer.TryReadOptionalAddress(out _));
        Assert.Equal(RlpError.Overflow, longer.Error);
        RlpReader none = new([0x80]);
        Assert.True(none.TryReadOptionalAddress(out Address? address));
        Assert.Null(address);
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        Assert.Equal(RlpError.None, RlpReader.Validate(Nested(RlpReader.MaxDepth)));
        Assert.Equal(RlpError.TooDeep, RlpReader.Validate(Nested(RlpReader.MaxDepth + 1)));
        Assert.Equal(RlpError.TooDeep, RlpReader.Validate(Nested(100_000)));
    }

    [Fact]
    public void Integers_of_any_size_survive_a_round_trip()
    {
        Arbitrary<ulong> numbers = ArbMap.Default.ArbFor<ulong>();
        Check.One(TenThousand, Prop.ForAll(numbers, numbers, (a, b) =>
        {
            UInt256 wide = new(a, b, a & 0xff, 0);
            using RlpWriter writer = RlpWriter.Rent();
            int list = writer.BeginList();
            writer.Write(a);
            writer.Write(in wide);
            writer.Write(b % 2 == 0);
            writer.EndList(list);
            RlpReader outer = new(writer.WrittenSpan);
            return outer.TryReadList(out RlpReader items) && items.TryReadUInt64(out ulong a2) && items.TryReadUInt256(out UInt256 wide2)
                && items.TryReadBoolean(out bool even) && items.TryEnd() && outer.TryEnd() && a == a2 && wide == wide2 && even == (b % 2 == 0)
                && RlpWriter.LengthOf(a) == 1 + (a < 0x80 ? 0 : new BigInteger(a).GetByteCount(isUnsigned: true));
        }));
    }

    [Fact]
    public void Trees_survive_a_round_trip()
    {
        Check.One(TenThousand, Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            Random random = new(seed);
            using RlpWriter writer = RlpWriter.Rent();
            WriteTree(writer, random, 0);
            byte[] encoded = writer.ToArray();
            using RlpWriter again = RlpWriter.Rent();
            RlpReader reader = new(encoded);
            Copy(ref reader, again);
            return RlpReader.Validate(encoded) == RlpError.None && reader.TryEnd() && encoded.AsSpan().SequenceEqual(again.WrittenSpan);
        }));
    }

    [Fact]
    public void Mutated_input_is_read_or_refused_and_what_is_read_is_canonical()
    {
        Random random = new(1);
        for (int i = 0; i < 200_000; i++)
        {
            using RlpWriter writer = RlpWriter.Rent();
            WriteTree(writer, random, 0);
            byte[] bytes = writer.ToArray();
            for (int m = random.Next(1, 4); m > 0; m--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            if (RlpReader.Validate(bytes) == RlpError.None)
            {
                using RlpWriter again = RlpWriter.Rent();
                RlpReader reader = new(bytes);
                Copy(ref reader, again);
                Assert.True(again.WrittenSpan.SequenceEqual(bytes));
            }
        }
    }

    [Fact]
    public void A_writer_refuses_to_hand_out_an_open_list()
    {
        using RlpWriter writer = RlpWriter.Rent();
        writer.BeginList();
        Assert.Throws<InvalidOperationException>(() => writer.ToArray());
    }

    [Fact]
    public void Two_writers_of_one_thread_do_not_share_a_buffer()
    {
        RlpWriter.Rent().Dispose();
        using RlpWriter first = RlpWriter.Rent();
        using RlpWriter second = RlpWriter.Rent();
        first.Write(1UL);
        second.Write(2UL);
        Assert.Equal(1, first.WrittenSpan[0]);
        Assert.Equal(2, second.WrittenSpan[0]);
    }

    private static byte[] Nested(int depth)
    {
        using RlpWriter writer = RlpWriter.Rent();
        int[] lists = new int[depth];
        for (int i = 0; i < depth; i++)
        {
            lists[i] = writer.BeginList();
        }

        for (int i = depth - 1; i >= 0; i--)
        {
            writer.EndList(lists[i]);
        }

        return writer.ToArray();
    }

    private static void WriteTree(RlpWriter writer, Random random, int depth)
    {
        if (depth > 4 || random.Next(3) == 0)
        {
            byte[] bytes = new byte[random.Next(10) == 0 ? random.Next(400) : random.Next(4)];
            random.NextBytes(bytes);
            writer.Write(bytes);
            return;
        }

        int list = writer.BeginList();
        for (int i = random.Next(5); i > 0; i--)
        {
            WriteTree(writer, random, depth + 1);
        }

        writer.EndList(list);
    }

    private static void Copy(ref RlpReader reader, RlpWriter writer)
    {
        if (reader.IsNextList)
        {
            Assert.True(reader.TryReadList(out RlpReader items));
            int list = writer.BeginList();
            while (!items.IsAtEnd)
            {
                Copy(ref items, writer);
            }

            writer.EndList(list);
            return;
        }

        Assert.True(reader.TryReadString(out ReadOnlySpan<byte> value));
        writer.Write(value);
    }
}
