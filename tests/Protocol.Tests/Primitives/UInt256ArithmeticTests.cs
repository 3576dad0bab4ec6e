using System.Numerics;
using Cloud.Protocol.Primitives;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Protocol.Tests.Primitives;

public sealed class UInt256ArithmeticTests
{
    private static readonly BigInteger Modulus = BigInteger.One << 256;
    private static readonly ulong[] EdgeLimbs = [0, 0, 0, 1, 2, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000001, ulong.MaxValue - 1, ulong.MaxValue];

    // Limbs that are all zeros, all ones or near a sign bit meet carries and corrected quotient digits far more often than even ones.
    private static readonly Gen<ulong> Limb =
        Gen.OneOf(Gen.Elements(EdgeLimbs), Gen.Choose(0, 300).Select(i => (ulong)i), Gen.Choose(int.MinValue, int.MaxValue).Two().Select(Mix));

    private static readonly Arbitrary<UInt256> Words = Limb.Four().Select(l => new UInt256(l.Item1, l.Item2, l.Item3, l.Item4)).ToArbitrary();

    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(20_000);

    [Fact]
    public void Sum_difference_and_product_are_those_of_big_integers_modulo_2_to_256() => Holds((x, y) =>
    {
        BigInteger a = (BigInteger)x, b = (BigInteger)y;
        Equal(a + b, x + y);
        Equal(a - b, x - y);
        Equal(a * b, x * y);
        Equal(-a, -x);
        UInt256.Multiply(x, y, out UInt256 low, out UInt256 high);
        Equal(a * b, low);
        Equal((a * b) >> 256, high);
        Assert.Equal(a + b >= Modulus, UInt256.AddOverflows(x, y, out _));
        Assert.Equal(a < b, UInt256.SubtractUnderflows(x, y, out _));
        Assert.Equal(a * b >= Modulus, UInt256.MultiplyOverflows(x, y, out _));
    });

    [Fact]
    public void A_result_may_be_written_over_an_operand() => Holds((x, y) =>
    {
        BigInteger a = (BigInteger)x, b = (BigInteger)y;
        UInt256 result = x;
        Assert.Equal(a + b >= Modulus, UInt256.AddOverflows(result, y, out result));
        Equal(a + b, result);
        result = y;
        Assert.Equal(a + b >= Modulus, UInt256.AddOverflows(x, result, out result));
        Equal(a + b, result);
        result = x;
        Assert.Equal(a < b, UInt256.SubtractUnderflows(result, y, out result));
        Equal(a - b, result);
        result = y;
        Assert.Equal(a < b, UInt256.SubtractUnderflows(x, result, out result));
        Equal(a - b, result);
        result = x;
        Assert.Equal(a * b >= Modulus, UInt256.MultiplyOverflows(result, y, out result));
        Equal(a * b, result);
        if (!y.IsZero)
        {
            result = x;
            UInt256.DivRem(result, y, out result, out UInt256 remainder);
            Equal(a / b, result);
            Equal(a % b, remainder);
            result = y;
            UInt256.DivRem(x, result, out UInt256 quotient, out result);
            Equal(a / b, quotient);
            Equal(a % b, result);
        }
    });

    [Fact]
    public void Quotient_and_remainder_are_those_of_big_integers() => Holds((x, y) =>
    {
        if (y.IsZero)
        {
            Assert.Throws<DivideByZeroException>(() => x / y);
            Assert.Equal(UInt256.Zero, UInt256.SignedDivide(x, y));
            Assert.Equal(UInt256.Zero, UInt256.SignedRemainder(x, y));
            return;
        }

        BigInteger a = (BigInteger)x, b = (BigInteger)y;
        Equal(a / b, x / y);
        Equal(a % b, x % y);
        Equal(BigInteger.Divide(Signed(x), Signed(y)), UInt256.SignedDivide(x, y));
        Equal(BigInteger.Remainder(Signed(x), Signed(y)), UInt256.SignedRemainder(x, y));
    });

    [Fact]
    public void Modular_sum_and_product_do_not_overflow_between() => Prop.ForAll(Words, Words, Words, (x, y, m) =>
    {
        BigInteger a = (BigInteger)x, b = (BigInteger)y, n = (BigInteger)m;
        Equal(n.IsZero ? 0 : (a + b) % n, UInt256.AddMod(x, y, m));
        Equal(n.IsZero ? 0 : a * b % n, UInt256.MulMod(x, y, m));
    }).Check(Many);

    [Fact]
    public void Power_is_that_of_big_integers_modulo_2_to_256() => Prop.ForAll(Words, Words, (x, y) =>
    {
        Equal(BigInteger.ModPow((BigInteger)x, (BigInteger)y, Modulus), UInt256.Exp(x, y));
        Equal(BigInteger.ModPow((BigInteger)x, y.U0 & 0xff, Modulus), UInt256.Exp(x, y.U0 & 0xff));
        Equal(BigInteger.ModPow(BigInteger.One << (int)(x.U0 & 63), y.U1 & 0x1ff, Modulus), UInt256.Exp(1UL << (int)(x.U0 & 63), y.U1 & 0x1ff));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void Shifts_drop_what_leaves_the_word()
    {
        Holds((x, y) =>
        {
            int shift = (int)(y.U0 % 300);
            Equal((BigInteger)x << shift, x << shift);
            Equal((BigInteger)x >> shift, x >> shift);
            Equal(Signed(x) >> shift, UInt256.ShiftRightArithmetic(x, shift));
        });
        Assert.Throws<ArgumentOutOfRangeException>(() => UInt256.One << -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => UInt256.One >> -1);
    }

    [Fact]
    public void Bitwise_operators_and_comparisons_are_those_of_big_integers() => Holds((x, y) =>
    {
        BigInteger a = (BigInteger)x, b = (BigInteger)y;
        Equal(a & b, x & y);
        Equal(a | b, x | y);
        Equal(a ^ b, x ^ y);
        Equal(Modulus - 1 - a, ~x);
        Assert.Equal(a < b, UInt256.LessThan(x, y));
        Assert.Equal(a < b, x < y);
        Assert.Equal(Signed(x) < Signed(y), UInt256.SignedLessThan(x, y));
        Equal(BigInteger.Min(a, b), UInt256.Min(x, y));
        Equal(BigInteger.Max(a, b), UInt256.Max(x, y));
        Assert.Equal(256 - (int)a.GetBitLength(), x.LeadingZeroCount);
        Assert.Equal(!((a >> (int)(y.U0 & 255)) & 1).IsZero, x.Bit((int)(y.U0 & 255)));
    });

    [Fact]
    public void Byte_counts_from_the_most_significant_end() => Holds((x, y) =>
    {
        UInt256 index = y.U3 % 40;
        BigInteger expected = index < 32UL ? ((BigInteger)x >> (8 * (31 - (int)index.U0))) & 0xff : 0;
        Equal(expected, UInt256.Byte(index, x));
        Assert.Equal(UInt256.Zero, UInt256.Byte(index + (UInt256.One << 64), x));
    });

    [Fact]
    public void Sign_extension_copies_the_sign_upwards() => Holds((x, y) =>
    {
        ulong index = y.U3 % 40;
        BigInteger width = BigInteger.One << (8 * ((int)index + 1));
        BigInteger low = (BigInteger)x % width;
        BigInteger expected = index >= 31 ? (BigInteger)x : low >= width / 2 ? low - width : low;
        Equal(expected, UInt256.SignExtend(index, x));
        Assert.Equal(x, UInt256.SignExtend(y | (UInt256.One << 200), x));
    });

    private static ulong Mix((int High, int Low) pair) => ((ulong)(uint)pair.High << 32) | (uint)pair.Low;

    private static void Holds(Action<UInt256, UInt256> property) => Prop.ForAll(Words, Words, property).Check(Many);

    private static BigInteger Signed(UInt256 value) => value.IsNegative ? (BigInteger)value - Modulus : (BigInteger)value;

    private static void Equal(BigInteger expected, UInt256 actual) => Assert.Equal((UInt256)expected, actual);
}
