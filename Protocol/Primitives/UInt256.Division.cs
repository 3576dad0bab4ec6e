using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Cloud.Protocol.Primitives;

/// <content>Division by Knuth's algorithm D (The Art of Computer Programming, volume 2, section 4.3.1) on 64-bit digits.</content>
public readonly partial struct UInt256
{
    /// <summary>Quotient and remainder in one step.</summary>
    /// <param name="dividend">What to divide.</param>
    /// <param name="divisor">What to divide by.</param>
    /// <param name="quotient">The quotient.</param>
    /// <param name="remainder">The remainder.</param>
    /// <exception cref="DivideByZeroException">The divisor is zero.</exception>
    public static unsafe void DivRem(in UInt256 dividend, in UInt256 divisor, out UInt256 quotient, out UInt256 remainder)
    {
        if ((divisor.U1 | divisor.U2 | divisor.U3) == 0)
        {
            ulong d = divisor.U0;
            if ((dividend.U1 | dividend.U2 | dividend.U3) == 0)
            {
                (ulong q, ulong r) = Math.DivRem(dividend.U0, d);
                quotient = new UInt256(q);
                remainder = new UInt256(r);
                return;
            }

            if (d == 0)
            {
                throw new DivideByZeroException();
            }

            ulong rest = 0;
            ulong q3 = dividend.U3 == 0 ? 0 : DivRemWords(rest, dividend.U3, d, out rest);
            ulong q2 = (rest | dividend.U2) == 0 ? 0 : DivRemWords(rest, dividend.U2, d, out rest);
            ulong q1 = DivRemWords(rest, dividend.U1, d, out rest);
            ulong q0 = DivRemWords(rest, dividend.U0, d, out rest);
            quotient = new UInt256(q0, q1, q2, q3);
            remainder = new UInt256(rest);
            return;
        }

        if (LessThan(dividend, divisor))
        {
            remainder = dividend;
            quotient = default;
            return;
        }

        ulong* digits = stackalloc ulong[5];
        ulong* result = stackalloc ulong[5];
        digits[0] = dividend.U0;
        digits[1] = dividend.U1;
        digits[2] = dividend.U2;
        digits[3] = dividend.U3;
        Divide(digits, 4, divisor, result, out remainder);
        quotient = new UInt256(result[0], result[1], result[2], result[3]);
    }

    /// <summary>Sum of two values modulo a third, without overflow between; zero where the modulus is zero (ADDMOD).</summary>
    /// <param name="left">One summand.</param>
    /// <param name="right">The other summand.</param>
    /// <param name="modulus">The modulus.</param>
    /// <returns>The reduced sum.</returns>
    public static unsafe UInt256 AddMod(in UInt256 left, in UInt256 right, in UInt256 modulus)
    {
        if (modulus.U3 != 0 && LessThan(left, modulus) && LessThan(right, modulus))
        {
            bool wraps = AddOverflows(left, right, out UInt256 reduced);
            return wraps || !LessThan(reduced, modulus) ? reduced - modulus : reduced;
        }

        if (modulus.IsZero)
        {
            return default;
        }

        bool carry = AddOverflows(left, right, out UInt256 sum);
        if (!carry)
        {
            DivRem(sum, modulus, out _, out UInt256 rest);
            return rest;
        }

        ulong* digits = stackalloc ulong[6];
        digits[0] = sum.U0;
        digits[1] = sum.U1;
        digits[2] = sum.U2;
        digits[3] = sum.U3;
        digits[4] = 1;
        Divide(digits, 5, modulus, null, out UInt256 remainder);
        return remainder;
    }

    /// <summary>Product of two values modulo a third, without overflow between; zero where the modulus is zero (MULMOD).</summary>
    /// <param name="left">One factor.</param>
    /// <param name="right">The other factor.</param>
    /// <param name="modulus">The modulus.</param>
    /// <returns>The reduced product.</returns>
    [SkipLocalsInit]
    public static unsafe UInt256 MulMod(in UInt256 left, in UInt256 right, in UInt256 modulus)
    {
        if (modulus.IsZero)
        {
            return default;
        }

        Multiply(left, right, out UInt256 low, out UInt256 high);
        if (high.IsZero)
        {
            DivRem(low, modulus, out _, out UInt256 rest);
            return rest;
        }

        if (modulus.U3 != 0)
        {
            return Reduce(low, high, modulus);
        }

        ulong* digits = stackalloc ulong[9];
        digits[0] = low.U0;
        digits[1] = low.U1;
        digits[2] = low.U2;
        digits[3] = low.U3;
        digits[4] = high.U0;
        digits[5] = high.U1;
        digits[6] = high.U2;
        digits[7] = high.U3;
        Divide(digits, 8, modulus, null, out UInt256 remainder);
        return remainder;
    }

    /// <summary>Divides <paramref name="count"/> digits; the array has room for one more, and holds nothing of use afterwards.</summary>
    /// <param name="digits">The dividend, least significant digit first, with one spare digit behind.</param>
    /// <param name="count">4 to 8.</param>
    /// <param name="divisor">Not zero.</param>
    /// <param name="quotient">Room for <paramref name="count"/> digits, or null.</param>
    /// <param name="remainder">The remainder.</param>
    [SkipLocalsInit]
    private static unsafe void Divide(ulong* digits, int count, in UInt256 divisor, ulong* quotient, out UInt256 remainder)
    {
        int length = divisor.U3 != 0 ? 4 : divisor.U2 != 0 ? 3 : divisor.U1 != 0 ? 2 : 1;
        if (quotient != null)
        {
            new Span<ulong>(quotient, count).Clear();
        }

        if (length == 1)
        {
            ulong rest = 0;
            for (int i = count - 1; i >= 0; i--)
            {
                ulong word = DivRemWords(rest, digits[i], divisor.U0, out rest);
                if (quotient != null)
                {
                    quotient[i] = word;
                }
            }

            remainder = new UInt256(rest);
            return;
        }

        // Normalise: the divisor's top bit is set, so that a digit of the quotient is guessed at most two too high.
        ulong top = length == 4 ? divisor.U3 : length == 3 ? divisor.U2 : divisor.U1;
        int shift = BitOperations.LeadingZeroCount(top);
        UInt256 normalised = divisor << shift;
        ulong* v = stackalloc ulong[4] { normalised.U0, normalised.U1, normalised.U2, normalised.U3 };
        digits[count] = shift == 0 ? 0 : digits[count - 1] >> (64 - shift);
        if (shift != 0)
        {
            for (int i = count - 1; i > 0; i--)
            {
                digits[i] = (digits[i] << shift) | (digits[i - 1] >> (64 - shift));
            }

            digits[0] <<= shift;
        }

        ulong v1 = v[length - 1];
        ulong v2 = v[length - 2];
        for (int j = count - length; j >= 0; j--)
        {
            ulong* u = digits + j;
            ulong u2 = u[length];
            ulong u1 = u[length - 1];
            if (u2 == 0 && u1 < v1)
            {
                continue;
            }

            ulong guess;
            if (u2 >= v1)
            {
                guess = ulong.MaxValue;
            }
            else
            {
                guess = DivRemWords(u2, u1, v1, out ulong rest);
                ulong high = Limbs.Multiply(guess, v2, out ulong low);
                while (high > rest || (high == rest && low > u[length - 2]))
                {
                    guess--;
                    high -= low < v2 ? 1UL : 0UL;
                    low -= v2;
                    rest += v1;
                    if (rest < v1)
                    {
                        break;
                    }
                }
            }

            ulong carry = 0;
            ulong borrow = 0;
            for (int i = 0; i < length; i++)
            {
                ulong part = Limbs.MultiplyAdd(guess, v[i], carry, 0, out carry);
                u[i] = Limbs.SubtractWithBorrow(u[i], part, ref borrow);
            }

            u[length] = Limbs.SubtractWithBorrow(u2, carry, ref borrow);
            while (borrow != 0)
            {
                guess--;
                ulong back = 0;
                for (int i = 0; i < length; i++)
                {
                    u[i] = Limbs.AddWithCarry(u[i], v[i], ref back);
                }

                u[length] += back;
                borrow = back == 0 ? 1UL : 0UL;
            }

            if (quotient != null)
            {
                quotient[j] = guess;
            }
        }

        remainder = new UInt256(digits[0], digits[1], length > 2 ? digits[2] : 0, length > 3 ? digits[3] : 0) >> shift;
    }

    /// <summary>The remainder of a number of eight digits by one of four: the same algorithm, unrolled, with its digits in registers.</summary>
    private static UInt256 Reduce(in UInt256 low, in UInt256 high, in UInt256 modulus)
    {
        int shift = BitOperations.LeadingZeroCount(modulus.U3);
        UInt256 v = modulus << shift;
        ulong u0 = low.U0 << shift;
        ulong u1 = ShiftIn(low.U1, low.U0, shift);
        ulong u2 = ShiftIn(low.U2, low.U1, shift);
        ulong u3 = ShiftIn(low.U3, low.U2, shift);
        ulong u4 = ShiftIn(high.U0, low.U3, shift);
        ulong u5 = ShiftIn(high.U1, high.U0, shift);
        ulong u6 = ShiftIn(high.U2, high.U1, shift);
        ulong u7 = ShiftIn(high.U3, high.U2, shift);
        ulong u8 = ShiftIn(0, high.U3, shift);
        SubtractMultiple(ref u4, ref u5, ref u6, ref u7, u8, v);
        SubtractMultiple(ref u3, ref u4, ref u5, ref u6, u7, v);
        SubtractMultiple(ref u2, ref u3, ref u4, ref u5, u6, v);
        SubtractMultiple(ref u1, ref u2, ref u3, ref u4, u5, v);
        SubtractMultiple(ref u0, ref u1, ref u2, ref u3, u4, v);
        return new UInt256(u0, u1, u2, u3) >> shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ShiftIn(ulong word, ulong below, int shift) => (word << shift) | ((below >> 1) >> (63 - shift));

    /// <summary>Takes the greatest multiple of a normalised divisor off five digits, which leaves four; the upper four are below the divisor or equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SubtractMultiple(ref ulong u0, ref ulong u1, ref ulong u2, ref ulong u3, ulong u4, in UInt256 v)
    {
        ulong guess = ulong.MaxValue;
        if (u4 < v.U3)
        {
            guess = DivRemWords(u4, u3, v.U3, out ulong rest);
            ulong high = Limbs.Multiply(guess, v.U2, out ulong low);
            while (high > rest || (high == rest && low > u2))
            {
                guess--;
                high -= low < v.U2 ? 1UL : 0UL;
                low -= v.U2;
                rest += v.U3;
                if (rest < v.U3)
                {
                    break;
                }
            }
        }

        ulong borrow = 0;
        u0 = Limbs.SubtractWithBorrow(u0, Limbs.MultiplyAdd(guess, v.U0, 0, 0, out ulong carry), ref borrow);
        u1 = Limbs.SubtractWithBorrow(u1, Limbs.MultiplyAdd(guess, v.U1, carry, 0, out carry), ref borrow);
        u2 = Limbs.SubtractWithBorrow(u2, Limbs.MultiplyAdd(guess, v.U2, carry, 0, out carry), ref borrow);
        u3 = Limbs.SubtractWithBorrow(u3, Limbs.MultiplyAdd(guess, v.U3, carry, 0, out carry), ref borrow);
        ulong top = Limbs.SubtractWithBorrow(u4, carry, ref borrow);
        while (borrow != 0)
        {
            ulong back = 0;
            u0 = Limbs.AddWithCarry(u0, v.U0, ref back);
            u1 = Limbs.AddWithCarry(u1, v.U1, ref back);
            u2 = Limbs.AddWithCarry(u2, v.U2, ref back);
            u3 = Limbs.AddWithCarry(u3, v.U3, ref back);
            top += back;
            borrow = back == 0 || top != 0 ? 1UL : 0UL;
        }
    }

    /// <summary>Divides two digits by one; the high digit is less than the divisor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong DivRemWords(ulong high, ulong low, ulong divisor, out ulong remainder)
    {
        if (X86Base.X64.IsSupported)
        {
#pragma warning disable SYSLIB5004 // The instruction behind the call is stable, and the other branch does without it.
            (ulong quotient, ulong rest) = X86Base.X64.DivRem(low, high, divisor);
#pragma warning restore SYSLIB5004
            remainder = rest;
            return quotient;
        }

        (UInt128 wide, UInt128 wideRest) = UInt128.DivRem(new UInt128(high, low), divisor);
        remainder = (ulong)wideRest;
        return (ulong)wide;
    }
}
