namespace Cloud.Execution.Precompiles.Bn254;

/// <summary>The optimal ate pairing on alt_bn128, as a check that a product of pairings is one.</summary>
/// <remarks>Line coefficients in homogeneous coordinates: Costello, Lange and Naehrig, ePrint 2009/615; Aranha et al., ePrint 2010/526.</remarks>
internal static class Pairing
{
    // 6u + 2 in non-adjacent form, most significant digit first, without its leading one.
    private static readonly sbyte[] LoopDigits = NonAdjacentForm((6 * (UInt128)G2Point.U) + 2);

    // 3 * B of the twist.
    private static readonly Fp2 ThreeB = G2Point.B.Double() + G2Point.B;

    /// <summary>Whether the product of e(P, Q) over all pairs is one. Pairs with infinity count as one.</summary>
    /// <param name="g1">Points P.</param>
    /// <param name="g2">Points Q, as many.</param>
    /// <returns>The verdict.</returns>
    public static bool IsProductOne(ReadOnlySpan<G1Point> g1, ReadOnlySpan<G2Point> g2)
    {
        G1Point[] p = new G1Point[g1.Length];
        G2Point[] q = new G2Point[g1.Length];
        Running[] t = new Running[g1.Length];
        int count = 0;
        for (int i = 0; i < g1.Length; i++)
        {
            if (!g1[i].IsInfinity && !g2[i].IsInfinity)
            {
                p[count] = g1[i];
                q[count] = g2[i];
                t[count] = new Running(g2[i]);
                count++;
            }
        }

        if (count == 0)
        {
            return true;
        }

        Fp12 f = Fp12.One;
        foreach (sbyte digit in LoopDigits)
        {
            f = f.Square();
            for (int i = 0; i < count; i++)
            {
                f = t[i].Double(f, p[i]);
                if (digit != 0)
                {
                    f = t[i].Add(f, p[i], digit > 0 ? q[i] : -q[i]);
                }
            }
        }

        for (int i = 0; i < count; i++)
        {
            G2Point once = q[i].Frobenius();
            f = t[i].Add(f, p[i], once);
            f = t[i].Add(f, p[i], -once.Frobenius());
        }

        return FinalExponentiation(f).IsOne;
    }

    // To the power of (p^12 - 1) / r; the hard part by Scott et al., ePrint 2008/490.
    private static Fp12 FinalExponentiation(in Fp12 value)
    {
        Fp12 f = value.Conjugate() * value.Inverse();
        f = f.FrobeniusSquared() * f;

        Fp12 fu = f.CyclotomicPower(G2Point.U);
        Fp12 fu2 = fu.CyclotomicPower(G2Point.U);
        Fp12 fu3 = fu2.CyclotomicPower(G2Point.U);
        Fp12 y0 = f.Frobenius() * f.FrobeniusSquared() * f.FrobeniusCubed();
        Fp12 y1 = f.Conjugate();
        Fp12 y2 = fu2.FrobeniusSquared();
        Fp12 y3 = fu.Frobenius().Conjugate();
        Fp12 y4 = (fu * fu2.Frobenius()).Conjugate();
        Fp12 y5 = fu2.Conjugate();
        Fp12 y6 = (fu3 * fu3.Frobenius()).Conjugate();
        Fp12 t0 = y6.CyclotomicSquare() * y4 * y5;
        Fp12 t1 = y3 * y5 * t0;
        t0 = t0 * y2;
        t1 = (t1.CyclotomicSquare() * t0).CyclotomicSquare();
        t0 = (t1 * y1).CyclotomicSquare();
        return t0 * (t1 * y0);
    }

    private static sbyte[] NonAdjacentForm(UInt128 value)
    {
        List<sbyte> digits = [];
        while (value != 0)
        {
            sbyte digit = (value & 1) == 0 ? (sbyte)0 : (sbyte)(2 - (int)(value & 3));
            digits.Add(digit);
            value = (digit < 0 ? value + 1 : value - (UInt128)digit) >> 1;
        }

        digits.Reverse();
        return [.. digits.Skip(1)];
    }

    /// <summary>The multiple of Q that the loop has come to, in homogeneous coordinates.</summary>
    private struct Running(in G2Point q)
    {
        private Fp2 _x = q.X;
        private Fp2 _y = q.Y;
        private Fp2 _z = Fp2.One;

        /// <summary>Doubles the point, and multiplies f by the tangent's value at P.</summary>
        public Fp12 Double(in Fp12 f, in G1Point p)
        {
            Fp2 a = (_x * _y).Half();
            Fp2 b = _y.Square();
            Fp2 c = _z.Square();
            Fp2 e = ThreeB * c;
            Fp2 triple = e.Double() + e;
            Fp2 g = (b + triple).Half();
            Fp2 h = (_y + _z).Square() - b - c;
            Fp2 squareX = _x.Square();
            Fp2 squareE = e.Square();
            _x = a * (b - triple);
            _y = g.Square() - squareE.Double() - squareE;
            _z = b * h;
            return Line(f, p, -h, squareX.Double() + squareX, e - b);
        }

        /// <summary>Adds Q, and multiplies f by the value of the line through both at P.</summary>
        public Fp12 Add(in Fp12 f, in G1Point p, in G2Point q)
        {
            Fp2 theta = _y - (q.Y * _z);
            Fp2 lambda = _x - (q.X * _z);
            Fp2 d = lambda.Square();
            Fp2 e = lambda * d;
            Fp2 g = _x * d;
            Fp2 h = e + (_z * theta.Square()) - g.Double();
            _x = lambda * h;
            _y = (theta * (g - h)) - (e * _y);
            _z = _z * e;
            return Line(f, p, lambda, -theta, (theta * q.X) - (lambda * q.Y));
        }

        private static Fp12 Line(in Fp12 f, in G1Point p, in Fp2 constant, in Fp2 slope, in Fp2 rest) =>
            f.TimesLine(constant * p.Y, slope * p.X, rest);
    }
}
