namespace Cloud.Execution.Precompiles.Bn254;

/// <summary>c0 + c1 * v + c2 * v^2 with v^3 = 9 + i.</summary>
internal readonly struct Fp6(in Fp2 c0, in Fp2 c1, in Fp2 c2)
{
    public readonly Fp2 C0 = c0;
    public readonly Fp2 C1 = c1;
    public readonly Fp2 C2 = c2;

    public static Fp6 One { get; } = new(Fp2.One, Fp2.Zero, Fp2.Zero);

    public static Fp6 operator +(in Fp6 x, in Fp6 y) => new(x.C0 + y.C0, x.C1 + y.C1, x.C2 + y.C2);

    public static Fp6 operator -(in Fp6 x, in Fp6 y) => new(x.C0 - y.C0, x.C1 - y.C1, x.C2 - y.C2);

    public static Fp6 operator -(in Fp6 x) => new(-x.C0, -x.C1, -x.C2);

    public static Fp6 operator *(in Fp6 x, in Fp6 y)
    {
        Fp2 a = x.C0 * y.C0;
        Fp2 b = x.C1 * y.C1;
        Fp2 c = x.C2 * y.C2;
        Fp2 t0 = ((x.C1 + x.C2) * (y.C1 + y.C2)) - b - c;
        Fp2 t1 = ((x.C0 + x.C1) * (y.C0 + y.C1)) - a - b;
        Fp2 t2 = ((x.C0 + x.C2) * (y.C0 + y.C2)) - a - c;
        return new Fp6(a + t0.TimesXi(), t1 + c.TimesXi(), t2 + b);
    }

    /// <summary>x * v.</summary>
    public Fp6 TimesV() => new(C2.TimesXi(), C0, C1);

    /// <summary>x * (a + b * v).</summary>
    public Fp6 TimesSparse(in Fp2 a, in Fp2 b)
    {
        Fp2 first = C0 * a;
        Fp2 second = C1 * b;
        Fp2 cross = ((C0 + C1) * (a + b)) - first - second;
        return new Fp6(first + (C2 * b).TimesXi(), cross, second + (C2 * a));
    }

    /// <summary>x * a.</summary>
    public Fp6 Times(in Fp2 a) => new(C0 * a, C1 * a, C2 * a);

    public Fp6 Inverse()
    {
        Fp2 a = C0.Square() - (C1 * C2).TimesXi();
        Fp2 b = C2.Square().TimesXi() - (C0 * C1);
        Fp2 c = C1.Square() - (C0 * C2);
        Fp2 norm = ((C0 * a) + ((C2 * b) + (C1 * c)).TimesXi()).Inverse();
        return new Fp6(a * norm, b * norm, c * norm);
    }
}
