using System.Numerics;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Precompiles.Bn254;

/// <summary>A point of the twist y^2 = x^3 + 3 / (9 + i); the point at infinity is (0, 0).</summary>
internal readonly struct G2Point(in Fp2 x, in Fp2 y)
{
    public const int Length = 128;

    /// <summary>The parameter that the curve is made of.</summary>
    public const ulong U = 4965661367192848881;

    private static readonly Fp2 FrobeniusX = Fp2.Xi.Power(((BigInteger)Fp.Modulus - 1) / 3);
    private static readonly Fp2 FrobeniusY = Fp2.Xi.Power(((BigInteger)Fp.Modulus - 1) / 2);

    public readonly Fp2 X = x;
    public readonly Fp2 Y = y;

    /// <summary>3 / (9 + i).</summary>
    public static Fp2 B { get; } = Fp2.Xi.Inverse() * Fp.From(3);

    public bool IsInfinity => X.IsZero && Y.IsZero;

    /// <summary>Whether the point is on the twist.</summary>
    public bool IsOnCurve => IsInfinity || Y.Square() == (X.Square() * X) + B;

    /// <summary>Whether a point on the twist is in the subgroup of prime order (El Housni, Guillevic and Piellard, ePrint 2022/352: for curves of this family
    /// that is where [u + 1]Q + psi([u]Q) + psi^2([u]Q) = psi^3([2u]Q)).</summary>
    public bool IsInSubgroup
    {
        get
        {
            if (IsInfinity)
            {
                return true;
            }

            Projective one = new(X, Y, Fp2.One);
            Projective u = one.Multiply(U);
            Projective psi = u.Frobenius();
            Projective left = one.Add(u).Add(psi).Add(psi.Frobenius());
            Projective right = u.Double().Frobenius().Frobenius().Frobenius();
            return left.IsSame(right);
        }
    }

    /// <summary>Reads a point: imaginary part before real part, x before y.</summary>
    /// <param name="bytes">128 bytes.</param>
    /// <param name="point">The point.</param>
    /// <returns>False where a coordinate is not below p, or the point is not on the twist or not in the subgroup.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out G2Point point)
    {
        bool inRange = Fp.TryRead(bytes[..32], out Fp x1) & Fp.TryRead(bytes.Slice(32, 32), out Fp x0)
            & Fp.TryRead(bytes.Slice(64, 32), out Fp y1) & Fp.TryRead(bytes.Slice(96, 32), out Fp y0);
        point = new G2Point(new Fp2(x0, x1), new Fp2(y0, y1));
        return inRange && point.IsOnCurve && point.IsInSubgroup;
    }

    public static G2Point operator -(in G2Point point) => new(point.X, -point.Y);

    /// <summary>The endomorphism that the p-th power of coordinates becomes on the twist.</summary>
    public G2Point Frobenius() => new(X.Conjugate() * FrobeniusX, Y.Conjugate() * FrobeniusY);

    /// <summary>Whether a multiple of the point is infinity; slow, for checks of the fast test.</summary>
    internal bool IsAnnihilatedBy(in UInt256 scalar)
    {
        Projective result = default;
        Projective one = new(X, Y, Fp2.One);
        for (int bit = scalar.BitLength - 1; bit >= 0; bit--)
        {
            result = result.Double();
            if (scalar.Bit(bit))
            {
                result = result.Add(one);
            }
        }

        return IsInfinity || result.IsInfinity;
    }

    /// <summary>Jacobian coordinates: x = X / Z^2, y = Y / Z^3; infinity has Z = 0.</summary>
    private readonly struct Projective(in Fp2 x, in Fp2 y, in Fp2 z)
    {
        private readonly Fp2 _x = x;
        private readonly Fp2 _y = y;
        private readonly Fp2 _z = z;

        public bool IsInfinity => _z.IsZero;

        public Projective Double()
        {
            Fp2 a = _x.Square();
            Fp2 b = _y.Square();
            Fp2 c = b.Square();
            Fp2 d = ((_x + b).Square() - a - c).Double();
            Fp2 e = a.Double() + a;
            Fp2 x = e.Square() - d.Double();
            Fp2 y = (e * (d - x)) - c.Double().Double().Double();
            return new Projective(x, y, (_y * _z).Double());
        }

        public Projective Add(in Projective other)
        {
            if (_z.IsZero)
            {
                return other;
            }

            if (other._z.IsZero)
            {
                return this;
            }

            Fp2 zz1 = _z.Square();
            Fp2 zz2 = other._z.Square();
            Fp2 u1 = _x * zz2;
            Fp2 u2 = other._x * zz1;
            Fp2 s1 = _y * other._z * zz2;
            Fp2 s2 = other._y * _z * zz1;
            Fp2 h = u2 - u1;
            Fp2 r = (s2 - s1).Double();
            if (h.IsZero)
            {
                return r.IsZero ? Double() : default;
            }

            Fp2 i = h.Double().Square();
            Fp2 j = h * i;
            Fp2 v = u1 * i;
            Fp2 x = r.Square() - j - v.Double();
            Fp2 y = (r * (v - x)) - (s1 * j).Double();
            Fp2 z = ((_z + other._z).Square() - zz1 - zz2) * h;
            return new Projective(x, y, z);
        }

        public Projective Multiply(ulong scalar)
        {
            Projective result = this;
            for (int bit = 62 - BitOperations.LeadingZeroCount(scalar); bit >= 0; bit--)
            {
                result = result.Double();
                if (((scalar >> bit) & 1) != 0)
                {
                    result = result.Add(this);
                }
            }

            return result;
        }

        public Projective Frobenius() => new(_x.Conjugate() * FrobeniusX, _y.Conjugate() * FrobeniusY, _z.Conjugate());

        public bool IsSame(in Projective other)
        {
            if (_z.IsZero || other._z.IsZero)
            {
                return _z.IsZero && other._z.IsZero;
            }

            Fp2 zz1 = _z.Square();
            Fp2 zz2 = other._z.Square();
            return _x * zz2 == other._x * zz1 && _y * zz2 * other._z == other._y * zz1 * _z;
        }
    }
}
