using System.Numerics;
using System.Runtime.CompilerServices;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Precompiles.Bn254;

/// <summary>An element of the base field of alt_bn128 in Montgomery form: x stands for x * 2^256 mod p. Four limbs, least significant first, below p.</summary>
internal readonly struct Fp : IEquatable<Fp>
{
    // p = 36u^4 + 36u^3 + 24u^2 + 6u + 1 with u = 4965661367192848881.
    private const ulong P0 = 0x3c208c16d87cfd47;
    private const ulong P1 = 0x97816a916871ca8d;
    private const ulong P2 = 0xb85045b68181585d;
    private const ulong P3 = 0x30644e72e131a029;

    // -1/p mod 2^64.
    private const ulong NegatedInverse = 0x87d20782e4866389;

    private readonly ulong _a0;
    private readonly ulong _a1;
    private readonly ulong _a2;
    private readonly ulong _a3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Fp(ulong a0, ulong a1, ulong a2, ulong a3)
    {
        _a0 = a0;
        _a1 = a1;
        _a2 = a2;
        _a3 = a3;
    }

    public static UInt256 Modulus { get; } = new(P0, P1, P2, P3);

    public static Fp Zero => default;

    public static Fp One { get; } = FromInteger((BigInteger.One << 256) % (BigInteger)Modulus);

    private static Fp RadixSquared { get; } = FromInteger((BigInteger.One << 512) % (BigInteger)Modulus);

    private static Fp RadixCubed { get; } = FromInteger((BigInteger.One << 768) % (BigInteger)Modulus);

    public bool IsZero => (_a0 | _a1 | _a2 | _a3) == 0;

    /// <summary>Reads a number below the modulus.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bigEndian, out Fp value)
    {
        UInt256 number = UInt256.FromBigEndian(bigEndian);
        value = new Fp(number.U0, number.U1, number.U2, number.U3) * RadixSquared;
        return number < Modulus;
    }

    public static Fp From(in BigInteger value) => FromInteger(value % (BigInteger)Modulus) * RadixSquared;

    public void Write(Span<byte> bigEndian)
    {
        Fp plain = this * new Fp(1, 0, 0, 0);
        new UInt256(plain._a0, plain._a1, plain._a2, plain._a3).WriteBigEndian(bigEndian);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Fp operator +(in Fp x, in Fp y)
    {
        // Both are below p < 2^254, so the sum does not leave 256 bits.
        ulong a0 = x._a0 + y._a0;
        ulong carry = a0 < x._a0 ? 1UL : 0UL;
        ulong a1 = Limbs.AddWithCarry(x._a1, y._a1, ref carry);
        ulong a2 = Limbs.AddWithCarry(x._a2, y._a2, ref carry);
        ulong a3 = x._a3 + y._a3 + carry;
        return Reduce(a0, a1, a2, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Fp operator -(in Fp x, in Fp y)
    {
        ulong a0 = x._a0 - y._a0;
        ulong borrow = x._a0 < y._a0 ? 1UL : 0UL;
        ulong a1 = Limbs.SubtractWithBorrow(x._a1, y._a1, ref borrow);
        ulong a2 = Limbs.SubtractWithBorrow(x._a2, y._a2, ref borrow);
        ulong a3 = Limbs.SubtractWithBorrow(x._a3, y._a3, ref borrow);
        ulong mask = 0 - borrow;
        ulong b0 = a0 + (P0 & mask);
        ulong carry = b0 < a0 ? 1UL : 0UL;
        ulong b1 = Limbs.AddWithCarry(a1, P1 & mask, ref carry);
        ulong b2 = Limbs.AddWithCarry(a2, P2 & mask, ref carry);
        return new Fp(b0, b1, b2, a3 + (P3 & mask) + carry);
    }

    public static Fp operator -(in Fp x) => Zero - x;

    // Coarsely integrated operand scanning. The top limb of p leaves its highest bit free, so that the running sum fits five limbs without a carry of its own.
    public static Fp operator *(in Fp x, in Fp y)
    {
        ulong x0 = x._a0;
        ulong x1 = x._a1;
        ulong x2 = x._a2;
        ulong x3 = x._a3;

        ulong factor = y._a0;
        ulong t0 = Limbs.MultiplyAdd(x0, factor, 0, 0, out ulong a);
        ulong q = t0 * NegatedInverse;
        Limbs.MultiplyAdd(q, P0, t0, 0, out ulong c);
        ulong t1 = Limbs.MultiplyAdd(x1, factor, a, 0, out a);
        t0 = Limbs.MultiplyAdd(q, P1, t1, c, out c);
        ulong t2 = Limbs.MultiplyAdd(x2, factor, a, 0, out a);
        t1 = Limbs.MultiplyAdd(q, P2, t2, c, out c);
        ulong t3 = Limbs.MultiplyAdd(x3, factor, a, 0, out a);
        t2 = Limbs.MultiplyAdd(q, P3, t3, c, out c);
        t3 = a + c;

        factor = y._a1;
        t0 = Limbs.MultiplyAdd(x0, factor, t0, 0, out a);
        q = t0 * NegatedInverse;
        Limbs.MultiplyAdd(q, P0, t0, 0, out c);
        t1 = Limbs.MultiplyAdd(x1, factor, t1, a, out a);
        t0 = Limbs.MultiplyAdd(q, P1, t1, c, out c);
        t2 = Limbs.MultiplyAdd(x2, factor, t2, a, out a);
        t1 = Limbs.MultiplyAdd(q, P2, t2, c, out c);
        t3 = Limbs.MultiplyAdd(x3, factor, t3, a, out a);
        t2 = Limbs.MultiplyAdd(q, P3, t3, c, out c);
        t3 = a + c;

        factor = y._a2;
        t0 = Limbs.MultiplyAdd(x0, factor, t0, 0, out a);
        q = t0 * NegatedInverse;
        Limbs.MultiplyAdd(q, P0, t0, 0, out c);
        t1 = Limbs.MultiplyAdd(x1, factor, t1, a, out a);
        t0 = Limbs.MultiplyAdd(q, P1, t1, c, out c);
        t2 = Limbs.MultiplyAdd(x2, factor, t2, a, out a);
        t1 = Limbs.MultiplyAdd(q, P2, t2, c, out c);
        t3 = Limbs.MultiplyAdd(x3, factor, t3, a, out a);
        t2 = Limbs.MultiplyAdd(q, P3, t3, c, out c);
        t3 = a + c;

        factor = y._a3;
        t0 = Limbs.MultiplyAdd(x0, factor, t0, 0, out a);
        q = t0 * NegatedInverse;
        Limbs.MultiplyAdd(q, P0, t0, 0, out c);
        t1 = Limbs.MultiplyAdd(x1, factor, t1, a, out a);
        t0 = Limbs.MultiplyAdd(q, P1, t1, c, out c);
        t2 = Limbs.MultiplyAdd(x2, factor, t2, a, out a);
        t1 = Limbs.MultiplyAdd(q, P2, t2, c, out c);
        t3 = Limbs.MultiplyAdd(x3, factor, t3, a, out a);
        t2 = Limbs.MultiplyAdd(q, P3, t3, c, out c);
        t3 = a + c;
        return Reduce(t0, t1, t2, t3);
    }

    public static bool operator ==(in Fp x, in Fp y) => ((x._a0 ^ y._a0) | (x._a1 ^ y._a1) | (x._a2 ^ y._a2) | (x._a3 ^ y._a3)) == 0;

    public static bool operator !=(in Fp x, in Fp y) => !(x == y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Fp Double() => this + this;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Fp Square() => this * this;

    /// <summary>x / 2.</summary>
    public Fp Half()
    {
        ulong mask = 0 - (_a0 & 1);
        ulong a0 = _a0 + (P0 & mask);
        ulong carry = a0 < _a0 ? 1UL : 0UL;
        ulong a1 = Limbs.AddWithCarry(_a1, P1 & mask, ref carry);
        ulong a2 = Limbs.AddWithCarry(_a2, P2 & mask, ref carry);
        ulong a3 = _a3 + (P3 & mask) + carry;
        return new Fp((a0 >> 1) | (a1 << 63), (a1 >> 1) | (a2 << 63), (a2 >> 1) | (a3 << 63), a3 >> 1);
    }

    /// <summary>1 / x; zero for zero.</summary>
    public Fp Inverse()
    {
        if (IsZero)
        {
            return default;
        }

        // Binary extended Euclid on the Montgomery form x * R gives 1 / (x * R); a factor R^3 brings the inverse back into Montgomery form.
        UInt256 u = new(_a0, _a1, _a2, _a3);
        UInt256 v = Modulus;
        Fp s = new(1, 0, 0, 0);
        Fp t = default;
        while (true)
        {
            int zeros = BitOperations.TrailingZeroCount(u.U0);
            while (zeros > 0)
            {
                u = Shift(u, Math.Min(zeros, 63));
                for (int i = Math.Min(zeros, 63); i > 0; i--)
                {
                    s = s.Half();
                }

                zeros = BitOperations.TrailingZeroCount(u.U0);
            }

            if (u == UInt256.One)
            {
                return s * RadixCubed;
            }

            if (UInt256.LessThan(u, v))
            {
                (u, v) = (v, u);
                (s, t) = (t, s);
            }

            u = u - v;
            s = s - t;
        }
    }

    public bool Equals(Fp other) => this == other;

    public override bool Equals(object? obj) => obj is Fp other && this == other;

    public override int GetHashCode() => HashCode.Combine(_a0, _a1, _a2, _a3);

    private static UInt256 Shift(in UInt256 value, int bits) => new(
        (value.U0 >> bits) | (value.U1 << (64 - bits)), (value.U1 >> bits) | (value.U2 << (64 - bits)), (value.U2 >> bits) | (value.U3 << (64 - bits)), value.U3 >> bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Fp Reduce(ulong a0, ulong a1, ulong a2, ulong a3)
    {
        ulong b0 = a0 - P0;
        ulong borrow = a0 < P0 ? 1UL : 0UL;
        ulong b1 = Limbs.SubtractWithBorrow(a1, P1, ref borrow);
        ulong b2 = Limbs.SubtractWithBorrow(a2, P2, ref borrow);
        ulong b3 = Limbs.SubtractWithBorrow(a3, P3, ref borrow);
        return borrow == 0 ? new Fp(b0, b1, b2, b3) : new Fp(a0, a1, a2, a3);
    }

    private static Fp FromInteger(in BigInteger value)
    {
        UInt256 number = (UInt256)value;
        return new Fp(number.U0, number.U1, number.U2, number.U3);
    }
}
