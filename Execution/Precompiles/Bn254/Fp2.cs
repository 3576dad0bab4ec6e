using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cloud.Execution.Precompiles.Bn254;

/// <summary>c0 + c1 * i with i^2 = -1.</summary>
internal readonly struct Fp2(in Fp c0, in Fp c1)
{
    public readonly Fp C0 = c0;
    public readonly Fp C1 = c1;

    public static Fp2 Zero => default;

    public static Fp2 One { get; } = new(Fp.One, Fp.Zero);

    /// <summary>9 + i, which is no cube and no square: the tower above is built on it.</summary>
    public static Fp2 Xi { get; } = new(Fp.From(9), Fp.One);

    public bool IsZero => C0.IsZero && C1.IsZero;

    public static Fp2 operator +(in Fp2 x, in Fp2 y) => new(x.C0 + y.C0, x.C1 + y.C1);

    public static Fp2 operator -(in Fp2 x, in Fp2 y) => new(x.C0 - y.C0, x.C1 - y.C1);

    public static Fp2 operator -(in Fp2 x) => new(-x.C0, -x.C1);

    public static Fp2 operator *(in Fp2 x, in Fp2 y)
    {
        Fp a = x.C0 * y.C0;
        Fp b = x.C1 * y.C1;
        Fp cross = (x.C0 + x.C1) * (y.C0 + y.C1);
        return new Fp2(a - b, cross - a - b);
    }

    public static Fp2 operator *(in Fp2 x, in Fp y) => new(x.C0 * y, x.C1 * y);

    public static bool operator ==(in Fp2 x, in Fp2 y) => x.C0 == y.C0 && x.C1 == y.C1;

    public static bool operator !=(in Fp2 x, in Fp2 y) => !(x == y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Fp2 Double() => this + this;

    public Fp2 Square()
    {
        Fp product = C0 * C1;
        return new Fp2((C0 + C1) * (C0 - C1), product.Double());
    }

    public Fp2 Half() => new(C0.Half(), C1.Half());

    public Fp2 Conjugate() => new(C0, -C1);

    /// <summary>x * (9 + i).</summary>
    public Fp2 TimesXi()
    {
        Fp a = C0.Double().Double().Double() + C0;
        Fp b = C1.Double().Double().Double() + C1;
        return new Fp2(a - C1, b + C0);
    }

    public Fp2 Inverse()
    {
        Fp norm = (C0.Square() + C1.Square()).Inverse();
        return new Fp2(C0 * norm, -(C1 * norm));
    }

    /// <summary>x^exponent, for constants.</summary>
    public Fp2 Power(BigInteger exponent)
    {
        Fp2 result = One;
        for (long bit = (long)exponent.GetBitLength() - 1; bit >= 0; bit--)
        {
            result = result.Square();
            if (!((exponent >> (int)bit) & 1).IsZero)
            {
                result = result * this;
            }
        }

        return result;
    }

    public override bool Equals(object? obj) => obj is Fp2 other && this == other;

    public override int GetHashCode() => HashCode.Combine(C0, C1);
}
