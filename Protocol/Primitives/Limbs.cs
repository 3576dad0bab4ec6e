using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Cloud.Protocol.Primitives;

/// <summary>Steps of multi-word arithmetic on 64-bit limbs, for code that keeps its limbs in registers.</summary>
public static class Limbs
{
    /// <summary>Adds two limbs and a carry.</summary>
    /// <param name="left">One summand.</param>
    /// <param name="right">The other summand.</param>
    /// <param name="carry">0 or 1; the carry out afterwards.</param>
    /// <returns>The low 64 bits.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong AddWithCarry(ulong left, ulong right, ref ulong carry)
    {
        ulong partial = left + right;
        ulong sum = partial + carry;
        carry = (partial < left ? 1UL : 0UL) | (sum < partial ? 1UL : 0UL);
        return sum;
    }

    /// <summary>Subtracts a limb and a borrow.</summary>
    /// <param name="left">What to subtract from.</param>
    /// <param name="right">What to subtract.</param>
    /// <param name="borrow">0 or 1; the borrow out afterwards.</param>
    /// <returns>The low 64 bits.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong SubtractWithBorrow(ulong left, ulong right, ref ulong borrow)
    {
        ulong partial = left - right;
        ulong difference = partial - borrow;
        borrow = (left < right ? 1UL : 0UL) | (partial < borrow ? 1UL : 0UL);
        return difference;
    }

    /// <summary>The whole product of two limbs.</summary>
    /// <param name="left">One factor.</param>
    /// <param name="right">The other factor.</param>
    /// <param name="low">The low 64 bits.</param>
    /// <returns>The high 64 bits.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Multiply(ulong left, ulong right, out ulong low)
    {
        // Math.BigMul takes one multiplication and passes the low half through memory; two multiplications in registers are faster.
        if (Bmi2.X64.IsSupported)
        {
            low = left * right;
            return Bmi2.X64.MultiplyNoFlags(left, right);
        }

        return Math.BigMul(left, right, out low);
    }

    /// <summary>left * right + first + second, which never exceeds 128 bits.</summary>
    /// <param name="left">One factor.</param>
    /// <param name="right">The other factor.</param>
    /// <param name="first">One summand.</param>
    /// <param name="second">The other summand.</param>
    /// <param name="high">The high 64 bits.</param>
    /// <returns>The low 64 bits.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong MultiplyAdd(ulong left, ulong right, ulong first, ulong second, out ulong high)
    {
        ulong top = Multiply(left, right, out ulong low);
        low += first;
        top += low < first ? 1UL : 0UL;
        low += second;
        high = top + (low < second ? 1UL : 0UL);
        return low;
    }
}
