using System.Numerics;

namespace Cloud.Execution.Precompiles.Bn254;

/// <summary>c0 + c1 * w with w^2 = v: the field that pairings take their values in.</summary>
internal readonly struct Fp12(in Fp6 c0, in Fp6 c1)
{
    // xi^(i * (p - 1) / 6): what raising to the power of p does to w^i; and the same for p^2 and p^3.
    private static readonly Fp2[] FrobeniusOnce = [.. Enumerable.Range(0, 6).Select(i => Fp2.Xi.Power(i * (((BigInteger)Fp.Modulus) - 1) / 6))];
    private static readonly Fp2[] FrobeniusTwice = [.. FrobeniusOnce.Select(gamma => gamma * gamma.Conjugate())];
    private static readonly Fp2[] FrobeniusThrice = [.. FrobeniusOnce.Zip(FrobeniusTwice, (once, twice) => once * twice)];

    public readonly Fp6 C0 = c0;
    public readonly Fp6 C1 = c1;

    public static Fp12 One { get; } = new(Fp6.One, default);

    public bool IsOne => C0.C0 == Fp2.One && C0.C1.IsZero && C0.C2.IsZero && C1.C0.IsZero && C1.C1.IsZero && C1.C2.IsZero;

    public static Fp12 operator *(in Fp12 x, in Fp12 y)
    {
        Fp6 a = x.C0 * y.C0;
        Fp6 b = x.C1 * y.C1;
        Fp6 cross = (x.C0 + x.C1) * (y.C0 + y.C1);
        return new Fp12(a + b.TimesV(), cross - a - b);
    }

    public Fp12 Square()
    {
        Fp6 product = C0 * C1;
        Fp6 sum = (C0 + C1) * (C0 + C1.TimesV());
        return new Fp12(sum - product - product.TimesV(), product + product);
    }

    /// <summary>x * (a + b * w + c * v * w): the shape of a line through points of the curve.</summary>
    public Fp12 TimesLine(in Fp2 a, in Fp2 b, in Fp2 c)
    {
        Fp6 first = C0.Times(a);
        Fp6 second = C1.TimesSparse(b, c);
        Fp6 cross = (C0 + C1).TimesSparse(a + b, c);
        return new Fp12(first + second.TimesV(), cross - first - second);
    }

    /// <summary>x^(p^6), which is the inverse after the easy part of the final exponentiation.</summary>
    public Fp12 Conjugate() => new(C0, -C1);

    public Fp12 Inverse()
    {
        Fp6 norm = ((C0 * C0) - (C1 * C1).TimesV()).Inverse();
        return new Fp12(C0 * norm, -(C1 * norm));
    }

    /// <summary>x^p.</summary>
    public Fp12 Frobenius() => Apply(FrobeniusOnce, conjugate: true);

    /// <summary>x^(p^2).</summary>
    public Fp12 FrobeniusSquared() => Apply(FrobeniusTwice, conjugate: false);

    /// <summary>x^(p^3).</summary>
    public Fp12 FrobeniusCubed() => Apply(FrobeniusThrice, conjugate: true);

    /// <summary>x^2 in the cyclotomic subgroup (Granger and Scott, Faster squaring in the cyclotomic subgroup of sixth degree extensions).</summary>
    public Fp12 CyclotomicSquare()
    {
        (Fp2 a0, Fp2 a1) = SquareFp4(C0.C0, C1.C1);
        (Fp2 b0, Fp2 b1) = SquareFp4(C1.C0, C0.C2);
        (Fp2 c0, Fp2 c1) = SquareFp4(C0.C1, C1.C2);
        Fp2 c2 = c1.TimesXi();
        return new Fp12(
            new Fp6((a0 - C0.C0).Double() + a0, (b0 - C0.C1).Double() + b0, (c0 - C0.C2).Double() + c0),
            new Fp6((c2 + C1.C0).Double() + c2, (a1 + C1.C1).Double() + a1, (b1 + C1.C2).Double() + b1));
    }

    /// <summary>x^exponent in the cyclotomic subgroup.</summary>
    public Fp12 CyclotomicPower(ulong exponent)
    {
        Fp12 result = this;
        for (int bit = 62 - BitOperations.LeadingZeroCount(exponent); bit >= 0; bit--)
        {
            result = result.CyclotomicSquare();
            if (((exponent >> bit) & 1) != 0)
            {
                result = result * this;
            }
        }

        return result;
    }

    private static (Fp2 A, Fp2 B) SquareFp4(in Fp2 a, in Fp2 b)
    {
        Fp2 aa = a.Square();
        Fp2 bb = b.Square();
        return (aa + bb.TimesXi(), (a + b).Square() - aa - bb);
    }

    private Fp12 Apply(Fp2[] gamma, bool conjugate) => new(
        new Fp6(Turn(C0.C0, conjugate), Turn(C0.C1, conjugate) * gamma[2], Turn(C0.C2, conjugate) * gamma[4]),
        new Fp6(Turn(C1.C0, conjugate) * gamma[1], Turn(C1.C1, conjugate) * gamma[3], Turn(C1.C2, conjugate) * gamma[5]));

    private static Fp2 Turn(in Fp2 value, bool conjugate) => conjugate ? value.Conjugate() : value;
}
