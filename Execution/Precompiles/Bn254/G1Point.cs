using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Precompiles.Bn254;

/// <summary>A point of y^2 = x^3 + 3; the point at infinity is (0, 0), as the precompiles encode it.</summary>
internal readonly struct G1Point(in Fp x, in Fp y)
{
    public const int Length = 64;
    private const int WindowBits = 4;

    private static readonly Fp B = Fp.From(3);

    public readonly Fp X = x;
    public readonly Fp Y = y;

    public bool IsInfinity => X.IsZero && Y.IsZero;

    /// <summary>Reads a point.</summary>
    /// <param name="bytes">64 bytes.</param>
    /// <param name="point">The point.</param>
    /// <returns>False where a coordinate is not below p or the point is not on the curve. Every point on the curve is in the group.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out G1Point point)
    {
        bool inRange = Fp.TryRead(bytes[..32], out Fp x) & Fp.TryRead(bytes.Slice(32, 32), out Fp y);
        point = new G1Point(x, y);
        return inRange && (point.IsInfinity || y.Square() == (x.Square() * x) + B);
    }

    public void Write(Span<byte> bytes)
    {
        X.Write(bytes[..32]);
        Y.Write(bytes.Slice(32, 32));
    }

    public static G1Point operator +(in G1Point p, in G1Point q)
    {
        if (p.IsInfinity)
        {
            return q;
        }

        if (q.IsInfinity)
        {
            return p;
        }

        Fp slope;
        if (p.X != q.X)
        {
            slope = (q.Y - p.Y) * (q.X - p.X).Inverse();
        }
        else if (p.Y != q.Y)
        {
            return default;
        }
        else
        {
            // No point has order two: the group's order is an odd prime.
            Fp square = p.X.Square();
            slope = (square.Double() + square) * p.Y.Double().Inverse();
        }

        Fp x = slope.Square() - p.X - q.X;
        return new G1Point(x, (slope * (p.X - x)) - p.Y);
    }

    /// <summary>The point multiplied by a number, with a window of four bits over Jacobian coordinates.</summary>
    public G1Point Multiply(in UInt256 scalar)
    {
        if (IsInfinity || scalar.IsZero)
        {
            return default;
        }

        Span<Jacobian> table = stackalloc Jacobian[1 << WindowBits];
        table[1] = new Jacobian(X, Y, Fp.One);
        table[2] = table[1].Double();
        for (int i = 3; i < table.Length; i++)
        {
            table[i] = table[i - 1].Add(table[1]);
        }

        Jacobian result = default;
        for (int window = (scalar.BitLength - 1) / WindowBits; window >= 0; window--)
        {
            for (int i = 0; i < WindowBits; i++)
            {
                result = result.Double();
            }

            int digit = (int)(scalar >> (window * WindowBits)).U0 & (table.Length - 1);
            if (digit != 0)
            {
                result = result.Add(table[digit]);
            }
        }

        return result.ToAffine();
    }

    /// <summary>x = X / Z^2, y = Y / Z^3; infinity has Z = 0.</summary>
    private readonly struct Jacobian(in Fp x, in Fp y, in Fp z)
    {
        private readonly Fp _x = x;
        private readonly Fp _y = y;
        private readonly Fp _z = z;

        // "dbl-2009-l" of the Explicit-Formulas Database.
        public Jacobian Double()
        {
            Fp a = _x.Square();
            Fp b = _y.Square();
            Fp c = b.Square();
            Fp d = ((_x + b).Square() - a - c).Double();
            Fp e = a.Double() + a;
            Fp x = e.Square() - d.Double();
            Fp y = (e * (d - x)) - c.Double().Double().Double();
            return new Jacobian(x, y, (_y * _z).Double());
        }

        // "add-2007-bl" of the Explicit-Formulas Database.
        public Jacobian Add(in Jacobian other)
        {
            if (_z.IsZero)
            {
                return other;
            }

            if (other._z.IsZero)
            {
                return this;
            }

            Fp zz1 = _z.Square();
            Fp zz2 = other._z.Square();
            Fp u1 = _x * zz2;
            Fp u2 = other._x * zz1;
            Fp s1 = _y * other._z * zz2;
            Fp s2 = other._y * _z * zz1;
            Fp h = u2 - u1;
            Fp r = (s2 - s1).Double();
            if (h.IsZero)
            {
                return r.IsZero ? Double() : default;
            }

            Fp i = h.Double().Square();
            Fp j = h * i;
            Fp v = u1 * i;
            Fp x = r.Square() - j - v.Double();
            Fp y = (r * (v - x)) - (s1 * j).Double();
            Fp z = ((_z + other._z).Square() - zz1 - zz2) * h;
            return new Jacobian(x, y, z);
        }

        public G1Point ToAffine()
        {
            if (_z.IsZero)
            {
                return default;
            }

            Fp inverse = _z.Inverse();
            Fp square = inverse.Square();
            return new G1Point(_x * square, _y * square * inverse);
        }
    }
}
