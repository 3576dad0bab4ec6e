using System.Numerics;
using System.Text;
using Cloud.Execution.Evm;
using Cloud.Execution.Precompiles;
using Cloud.Execution.Precompiles.Bn254;
using Cloud.Protocol.Primitives;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Execution.Tests.Precompiles;

public sealed class ArithmeticTests
{
    // The order of the groups of alt_bn128.
    private static readonly UInt256 Order = UInt256.Parse("21888242871839275222246405745257275088548364400416034343698204186575808495617");

    private static readonly Gen<BigInteger> Numbers =
        Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().Select(bytes => new BigInteger(bytes, isUnsigned: true));

    private static readonly Gen<BigInteger> FieldElements =
        Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(32).Select(bytes => new BigInteger(bytes, isUnsigned: true) % (BigInteger)Fp.Modulus);

    [Fact]
    public void Modular_powers_are_those_of_big_integers() => Prop.ForAll(Numbers.Three().ToArbitrary(), Gen.Choose(0, 80).ToArbitrary(), (numbers, twos) =>
    {
        (BigInteger value, BigInteger exponent, BigInteger modulus) = numbers;
        modulus <<= twos;
        if (modulus > BigInteger.One)
        {
            Assert.Equal(BigInteger.ModPow(value, exponent, modulus), ModularPower.Compute(value, exponent, modulus));
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void The_field_of_bn254_is_that_of_big_integers() => Prop.ForAll(FieldElements.Two().ToArbitrary(), pair =>
    {
        BigInteger p = (BigInteger)Fp.Modulus;
        (BigInteger x, BigInteger y) = pair;
        Assert.Equal((x + y) % p, Value(Fp.From(x) + Fp.From(y)));
        Assert.Equal((x - y + p) % p, Value(Fp.From(x) - Fp.From(y)));
        Assert.Equal(x * y % p, Value(Fp.From(x) * Fp.From(y)));
        Assert.Equal(x, Value(Fp.From(x).Half().Double()));
        Assert.Equal(x.IsZero ? 0 : BigInteger.ModPow(x, p - 2, p), Value(Fp.From(x).Inverse()));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void The_fast_subgroup_test_agrees_with_multiplication_by_the_order()
    {
        int inside = 0;
        int outside = 0;
        for (int i = 1; outside < 20; i++)
        {
            // Points of the twist at small x: nearly all are outside the subgroup, whose cofactor is large.
            Fp2 x = new(Fp.From(i), Fp.From(i * i));
            if (TrySquareRoot((x.Square() * x) + G2Point.B, out Fp2 y))
            {
                G2Point point = new(x, y);
                Assert.True(point.IsOnCurve);
                Assert.Equal(point.IsAnnihilatedBy(Order), point.IsInSubgroup);
                outside += point.IsInSubgroup ? 0 : 1;
            }
        }

        Assert.True(G2Point.TryRead(Generator, out G2Point generator));
        foreach (G2Point point in (G2Point[])[generator, -generator, generator.Frobenius(), generator.Frobenius().Frobenius(), default])
        {
            Assert.True(point.IsAnnihilatedBy(Order));
            Assert.True(point.IsInSubgroup);
            inside++;
        }

        Assert.Equal(5, inside);
    }

    [Fact]
    public void Multiples_of_a_point_are_repeated_sums()
    {
        byte[] encoded = new byte[64];
        encoded[31] = 1;
        encoded[63] = 2;
        Assert.True(G1Point.TryRead(encoded, out G1Point one));
        G1Point sum = default;
        for (ulong i = 0; i < 40; i++)
        {
            Assert.Equal(Hexed(sum), Hexed(one.Multiply(i)));
            sum += one;
        }

        Assert.True(one.Multiply(Order).IsInfinity);
        Assert.Equal(Hexed(one), Hexed(one.Multiply(Order + UInt256.One)));
        Assert.True((one.Multiply(Order - UInt256.One) + one).IsInfinity);
    }

    [Fact]
    public void Hashes_are_those_of_the_published_examples()
    {
        Assert.Equal("0x0000000000000000000000009c1185a5c5e9fc54612808977ee8f548b2258d31", Run(3, []));
        Assert.Equal("0x0000000000000000000000008eb208f7e05d987a9b044a8e98c6b087f15a0bfc", Run(3, Encoding.ASCII.GetBytes("abc")));
        Assert.Equal(
            "0x00000000000000000000000052783243c1697bdbe16d37f97f68f08325dc1528", Run(3, Encoding.ASCII.GetBytes(new string('a', 1_000_000))));
        Assert.Equal(
            "0x0000000000000000000000009b752e45573d4b39f4dbd3323cab82bf63326bfb", Run(3, Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("1234567890", 8)))));
        Assert.Equal("0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Run(2, Encoding.ASCII.GetBytes("abc")));
        Assert.Equal("0x616263", Run(4, Encoding.ASCII.GetBytes("abc")));
    }

    [Fact]
    public void Operands_of_MODEXP_are_bounded_in_Osaka()
    {
        byte[] input = new byte[96];
        input[30] = 4;
        input[31] = 1;
        Assert.Equal(long.MaxValue, Find(5, ForkRules.Osaka).Gas(input));
        Assert.True(Find(5, ForkRules.Prague).Gas(input) < long.MaxValue);
        input[31] = 0;
        Assert.True(Find(5, ForkRules.Osaka).Gas(input) < long.MaxValue);
    }

    [Fact]
    public void A_huge_exponent_of_nothing_costs_the_minimum()
    {
        byte[] input = new byte[96];
        input.AsSpan(32, 32).Fill(0xff);
        Precompile precompile = Find(5, ForkRules.Cancun);
        Assert.Equal(200, precompile.Gas(input));
        Assert.True(precompile.TryRun(input, [], out int written));
        Assert.Equal(0, written);
    }

    private static byte[] Generator => Hex.Decode(
        "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
        + "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa");

    private static Precompile Find(int number, ForkRules rules) => PrecompileTable.Of(rules).Find(Address.Parse($"0x{number:x40}"))!;

    private static string Run(int number, byte[] input)
    {
        Precompile precompile = Find(number, ForkRules.Osaka);
        byte[] output = new byte[precompile.OutputRoom(input)];
        Assert.True(precompile.TryRun(input, output, out int written));
        return Hex.Encode(output.AsSpan(0, written));
    }

    private static string Hexed(in G1Point point)
    {
        byte[] bytes = new byte[64];
        point.Write(bytes);
        return Hex.Encode(bytes);
    }

    private static BigInteger Value(in Fp element)
    {
        byte[] bytes = new byte[32];
        element.Write(bytes);
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }

    // In a field of p^2 elements with p = 3 mod 4 (Adj and Rodriguez-Henriquez, ePrint 2012/685, algorithm 9).
    private static bool TrySquareRoot(in Fp2 a, out Fp2 root)
    {
        BigInteger p = (BigInteger)Fp.Modulus;
        Fp2 a1 = a.Power((p - 3) / 4);
        Fp2 x0 = a1 * a;
        Fp2 alpha = a1 * x0;
        root = alpha == -Fp2.One ? new Fp2(-x0.C1, x0.C0) : (Fp2.One + alpha).Power((p - 1) / 2) * x0;
        return root.Square() == a;
    }
}
