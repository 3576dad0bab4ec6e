using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cloud.Protocol.Primitives;

/// <content>Arithmetic modulo 2^256 on hardware words, with the EVM's meaning where the EVM has an opcode for it.</content>
public readonly partial struct UInt256
{
    /// <summary>Whether the value is negative in two's complement.</summary>
    public bool IsNegative => (long)U3 < 0;

    /// <summary>Number of leading zero bits, 0 to 256 (CLZ, EIP-7939).</summary>
    public int LeadingZeroCount => 256 - BitLength;

    /// <summary>Sum modulo 2^256 (ADD).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt256 operator +(in UInt256 left, in UInt256 right)
    {
        ulong u0 = left.U0 + right.U0;
        ulong carry = u0 < left.U0 ? 1UL : 0UL;
        ulong u1 = Limbs.AddWithCarry(left.U1, right.U1, ref carry);
        ulong u2 = Limbs.AddWithCarry(left.U2, right.U2, ref carry);
        ulong u3 = left.U3 + right.U3 + carry;
        return new UInt256(u0, u1, u2, u3);
    }

    /// <summary>Difference modulo 2^256 (SUB).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt256 operator -(in UInt256 left, in UInt256 right)
    {
        ulong u0 = left.U0 - right.U0;
        ulong borrow = left.U0 < right.U0 ? 1UL : 0UL;
        ulong u1 = Limbs.SubtractWithBorrow(left.U1, right.U1, ref borrow);
        ulong u2 = Limbs.SubtractWithBorrow(left.U2, right.U2, ref borrow);
        ulong u3 = left.U3 - right.U3 - borrow;
        return new UInt256(u0, u1, u2, u3);
    }

    /// <summary>The negative of a value in two's complement.</summary>
    public static UInt256 operator -(in UInt256 value) => Zero - value;

    /// <summary>Product modulo 2^256 (MUL).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt256 operator *(in UInt256 left, in UInt256 right)
    {
        ulong low;
        ulong high = Limbs.Multiply(left.U0, right.U0, out low);
        if ((left.U1 | left.U2 | left.U3 | right.U1 | right.U2 | right.U3) == 0)
        {
            return new UInt256(low, high);
        }

        // Columns of the schoolbook method; what would land above bit 255 is never computed.
        ulong r1 = Limbs.MultiplyAdd(left.U0, right.U1, high, 0, out ulong carry);
        ulong r2 = Limbs.MultiplyAdd(left.U0, right.U2, carry, 0, out carry);
        ulong r3 = (left.U0 * right.U3) + carry;
        r1 = Limbs.MultiplyAdd(left.U1, right.U0, r1, 0, out carry);
        r2 = Limbs.MultiplyAdd(left.U1, right.U1, r2, carry, out carry);
        r3 += (left.U1 * right.U2) + carry;
        r2 = Limbs.MultiplyAdd(left.U2, right.U0, r2, 0, out carry);
        r3 += (left.U2 * right.U1) + carry + (left.U3 * right.U0);
        return new UInt256(low, r1, r2, r3);
    }

    /// <summary>Quotient.</summary>
    /// <exception cref="DivideByZeroException">The divisor is zero; the EVM's DIV gives zero there, which its caller decides.</exception>
    public static UInt256 operator /(in UInt256 left, in UInt256 right)
    {
        DivRem(left, right, out UInt256 quotient, out _);
        return quotient;
    }

    /// <summary>Remainder.</summary>
    /// <exception cref="DivideByZeroException">The divisor is zero.</exception>
    public static UInt256 operator %(in UInt256 left, in UInt256 right)
    {
        DivRem(left, right, out _, out UInt256 remainder);
        return remainder;
    }

    /// <summary>Bitwise and.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt256 operator &(in UInt256 left, in UInt256 right) =>
        new(left.U0 & right.U0, left.U1 & right.U1, left.U2 & right.U2, left.U3 & right.U3);

    /// <summary>Bitwise or.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt256 operator |(in UInt256 left, in UInt256 right) =>
        new(left.U0 | right.U0, left.U1 | right.U1, left.U2 | right.U2, left.U3 | right.U3);

    /// <summary>Bitwise exclusive or.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt256 operator ^(in UInt256 left, in UInt256 right) =>
        new(left.U0 ^ right.U0, left.U1 ^ right.U1, left.U2 ^ right.U2, left.U3 ^ right.U3);

    /// <summary>Bitwise complement.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt256 operator ~(in UInt256 value) => new(~value.U0, ~value.U1, ~value.U2, ~value.U3);

    /// <summary>Shift towards the most significant bit; zero from 256 bits on (SHL).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt256 operator <<(in UInt256 value, int shift)
    {
        if ((uint)shift >= 256)
        {
            return shift < 0 ? throw new ArgumentOutOfRangeException(nameof(shift), shift, "A shift is not negative.") : default;
        }

        int bits = shift & 63;
        // A shift by 64 means a shift by 0 to the hardware, so the bits that cross a limb take two steps.
        int back = 63 - bits;
        return (shift >> 6) switch
        {
            0 => new UInt256(
                value.U0 << bits,
                (value.U1 << bits) | ((value.U0 >> 1) >> back),
                (value.U2 << bits) | ((value.U1 >> 1) >> back),
                (value.U3 << bits) | ((value.U2 >> 1) >> back)),
            1 => new UInt256(
                0, value.U0 << bits, (value.U1 << bits) | ((value.U0 >> 1) >> back), (value.U2 << bits) | ((value.U1 >> 1) >> back)),
            2 => new UInt256(0, 0, value.U0 << bits, (value.U1 << bits) | ((value.U0 >> 1) >> back)),
            _ => new UInt256(0, 0, 0, value.U0 << bits),
        };
    }

    /// <summary>Shift towards the least significant bit with zeros coming in; zero from 256 bits on (SHR).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt256 operator >>(in UInt256 value, int shift)
    {
        if ((uint)shift >= 256)
        {
            return shift < 0 ? throw new ArgumentOutOfRangeException(nameof(shift), shift, "A shift is not negative.") : default;
        }

        int bits = shift & 63;
        int back = 63 - bits;
        return (shift >> 6) switch
        {
            0 => new UInt256(
                (value.U0 >> bits) | ((value.U1 << 1) << back),
                (value.U1 >> bits) | ((value.U2 << 1) << back),
                (value.U2 >> bits) | ((value.U3 << 1) << back),
                value.U3 >> bits),
            1 => new UInt256((value.U1 >> bits) | ((value.U2 << 1) << back), (value.U2 >> bits) | ((value.U3 << 1) << back), value.U3 >> bits),
            2 => new UInt256((value.U2 >> bits) | ((value.U3 << 1) << back), value.U3 >> bits),
            _ => new UInt256(value.U3 >> bits),
        };
    }

    /// <summary>Adds and says whether the sum needs more than 256 bits.</summary>
    /// <param name="left">One summand.</param>
    /// <param name="right">The other summand.</param>
    /// <param name="sum">The sum modulo 2^256.</param>
    /// <returns>True where the sum does not fit.</returns>
    public static bool AddOverflows(in UInt256 left, in UInt256 right, out UInt256 sum)
    {
        // The result may be one of the operands: it is written last.
        UInt256 result = left + right;
        bool overflows = LessThan(result, left);
        sum = result;
        return overflows;
    }

    /// <summary>Subtracts and says whether the difference is negative.</summary>
    /// <param name="left">What to subtract from.</param>
    /// <param name="right">What to subtract.</param>
    /// <param name="difference">The difference modulo 2^256.</param>
    /// <returns>True where the right side is greater.</returns>
    public static bool SubtractUnderflows(in UInt256 left, in UInt256 right, out UInt256 difference)
    {
        bool under = LessThan(left, right);
        difference = left - right;
        return under;
    }

    /// <summary>Multiplies and says whether the product needs more than 256 bits.</summary>
    /// <param name="left">One factor.</param>
    /// <param name="right">The other factor.</param>
    /// <param name="product">The product modulo 2^256.</param>
    /// <returns>True where the product does not fit.</returns>
    public static bool MultiplyOverflows(in UInt256 left, in UInt256 right, out UInt256 product)
    {
        Multiply(left, right, out UInt256 low, out UInt256 high);
        product = low;
        return !high.IsZero;
    }

    /// <summary>Unsigned comparison by reference (LT).</summary>
    /// <param name="left">The left side.</param>
    /// <param name="right">The right side.</param>
    /// <returns>Whether the left side is smaller.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool LessThan(in UInt256 left, in UInt256 right)
    {
        if (left.U3 != right.U3)
        {
            return left.U3 < right.U3;
        }

        if (left.U2 != right.U2)
        {
            return left.U2 < right.U2;
        }

        return left.U1 != right.U1 ? left.U1 < right.U1 : left.U0 < right.U0;
    }

    /// <summary>Two's complement comparison (SLT).</summary>
    /// <param name="left">The left side.</param>
    /// <param name="right">The right side.</param>
    /// <returns>Whether the left side is smaller as a signed number.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool SignedLessThan(in UInt256 left, in UInt256 right) =>
        left.U3 != right.U3 ? (long)left.U3 < (long)right.U3 : LessThan(left, right);

    /// <summary>Shift towards the least significant bit with copies of the sign coming in (SAR).</summary>
    /// <param name="value">What to shift, in two's complement.</param>
    /// <param name="shift">0 or more; from 256 bits on the result is 0 or -1.</param>
    /// <returns>The shifted value.</returns>
    public static UInt256 ShiftRightArithmetic(in UInt256 value, int shift)
    {
        if (!value.IsNegative)
        {
            return value >> shift;
        }

        return shift >= 256 ? MaxValue : shift == 0 ? value : (value >> shift) | (MaxValue << (256 - shift));
    }

    /// <summary>Two's complement quotient, rounded towards zero; zero where the divisor is zero (SDIV).</summary>
    /// <param name="dividend">What to divide.</param>
    /// <param name="divisor">What to divide by.</param>
    /// <returns>The quotient; -2^255 divided by -1 gives -2^255.</returns>
    public static UInt256 SignedDivide(in UInt256 dividend, in UInt256 divisor)
    {
        if (divisor.IsZero)
        {
            return default;
        }

        DivRem(Magnitude(dividend), Magnitude(divisor), out UInt256 quotient, out _);
        return dividend.IsNegative == divisor.IsNegative ? quotient : -quotient;
    }

    /// <summary>Two's complement remainder with the sign of the dividend; zero where the divisor is zero (SMOD).</summary>
    /// <param name="dividend">What to divide.</param>
    /// <param name="divisor">What to divide by.</param>
    /// <returns>The remainder.</returns>
    public static UInt256 SignedRemainder(in UInt256 dividend, in UInt256 divisor)
    {
        if (divisor.IsZero)
        {
            return default;
        }

        DivRem(Magnitude(dividend), Magnitude(divisor), out _, out UInt256 remainder);
        return dividend.IsNegative ? -remainder : remainder;
    }

    /// <summary>Power modulo 2^256 (EXP).</summary>
    /// <param name="value">The base.</param>
    /// <param name="exponent">The exponent; zero gives one, for the base zero too.</param>
    /// <returns>The power.</returns>
    public static UInt256 Exp(in UInt256 value, in UInt256 exponent)
    {
        int bits = exponent.BitLength;
        if (bits == 0)
        {
            return One;
        }

        if (value.IsUInt64 && BitOperations.IsPow2(value.U0))
        {
            // A power of two only shifts: Solidity writes 256 ** n to move bytes.
            ulong log = (ulong)BitOperations.TrailingZeroCount(value.U0);
            return log == 0 ? One : !exponent.IsUInt64 || exponent.U0 >= 256 ? default : One << (int)Math.Min(log * exponent.U0, 256);
        }

        UInt256 result = value;
        for (int bit = bits - 2; bit >= 0; bit--)
        {
            result = result * result;
            if (exponent.Bit(bit))
            {
                result = result * value;
            }
        }

        return result;
    }

    /// <summary>Extends the sign of a shorter two's complement number (SIGNEXTEND).</summary>
    /// <param name="byteIndex">Index of the number's most significant byte, counted from the least significant; from 31 on nothing changes.</param>
    /// <param name="value">The number in the low bytes.</param>
    /// <returns>The number with its sign in all bits above.</returns>
    public static UInt256 SignExtend(in UInt256 byteIndex, in UInt256 value)
    {
        if (!byteIndex.IsUInt64 || byteIndex.U0 >= 31)
        {
            return value;
        }

        int unused = 248 - ((int)byteIndex.U0 * 8);
        return ShiftRightArithmetic(value << unused, unused);
    }

    /// <summary>One byte of a value (BYTE).</summary>
    /// <param name="index">Counted from the most significant byte; from 32 on the result is zero.</param>
    /// <param name="value">The value.</param>
    /// <returns>The byte, 0 to 255.</returns>
    public static UInt256 Byte(in UInt256 index, in UInt256 value)
    {
        if (!index.IsUInt64 || index.U0 >= Length)
        {
            return default;
        }

        int fromLow = Length - 1 - (int)index.U0;
        return new UInt256((value.Limb(fromLow >> 3) >> ((fromLow & 7) * 8)) & 0xff);
    }

    /// <summary>The smaller of two values.</summary>
    /// <param name="left">One value.</param>
    /// <param name="right">The other value.</param>
    /// <returns>One of them.</returns>
    public static UInt256 Min(in UInt256 left, in UInt256 right) => LessThan(right, left) ? right : left;

    /// <summary>The greater of two values.</summary>
    /// <param name="left">One value.</param>
    /// <param name="right">The other value.</param>
    /// <returns>One of them.</returns>
    public static UInt256 Max(in UInt256 left, in UInt256 right) => LessThan(left, right) ? right : left;

    /// <summary>The whole product of two values.</summary>
    /// <param name="left">One factor.</param>
    /// <param name="right">The other factor.</param>
    /// <param name="low">Bits 0 to 255.</param>
    /// <param name="high">Bits 256 to 511.</param>
    public static void Multiply(in UInt256 left, in UInt256 right, out UInt256 low, out UInt256 high)
    {
        ulong r0 = Limbs.MultiplyAdd(left.U0, right.U0, 0, 0, out ulong carry);
        ulong r1 = Limbs.MultiplyAdd(left.U0, right.U1, carry, 0, out carry);
        ulong r2 = Limbs.MultiplyAdd(left.U0, right.U2, carry, 0, out carry);
        ulong r3 = Limbs.MultiplyAdd(left.U0, right.U3, carry, 0, out ulong r4);
        r1 = Limbs.MultiplyAdd(left.U1, right.U0, r1, 0, out carry);
        r2 = Limbs.MultiplyAdd(left.U1, right.U1, r2, carry, out carry);
        r3 = Limbs.MultiplyAdd(left.U1, right.U2, r3, carry, out carry);
        r4 = Limbs.MultiplyAdd(left.U1, right.U3, r4, carry, out ulong r5);
        r2 = Limbs.MultiplyAdd(left.U2, right.U0, r2, 0, out carry);
        r3 = Limbs.MultiplyAdd(left.U2, right.U1, r3, carry, out carry);
        r4 = Limbs.MultiplyAdd(left.U2, right.U2, r4, carry, out carry);
        r5 = Limbs.MultiplyAdd(left.U2, right.U3, r5, carry, out ulong r6);
        r3 = Limbs.MultiplyAdd(left.U3, right.U0, r3, 0, out carry);
        r4 = Limbs.MultiplyAdd(left.U3, right.U1, r4, carry, out carry);
        r5 = Limbs.MultiplyAdd(left.U3, right.U2, r5, carry, out carry);
        r6 = Limbs.MultiplyAdd(left.U3, right.U3, r6, carry, out ulong r7);
        low = new UInt256(r0, r1, r2, r3);
        high = new UInt256(r4, r5, r6, r7);
    }

    /// <summary>Whether a bit is set.</summary>
    /// <param name="index">0 (least significant) to 255.</param>
    /// <returns>The bit.</returns>
    public bool Bit(int index) => ((Limb(index >> 6) >> (index & 63)) & 1) != 0;

    private static UInt256 Magnitude(in UInt256 value) => value.IsNegative ? -value : value;

    private ulong Limb(int index) => index switch { 0 => U0, 1 => U1, 2 => U2, _ => U3 };
}
