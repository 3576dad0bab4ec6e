using System.Numerics;
using System.Runtime.InteropServices;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Precompiles;

/// <summary>Modular powers by Montgomery multiplication, with a window over the exponent; an even modulus is split into its odd part and a power of two.</summary>
internal static unsafe class ModularPower
{
    private const int WindowBits = 4;

    // Setting up a Montgomery form costs more than the handful of multiplications that so short an exponent takes.
    private const int ShortExponentBits = 8;

    /// <summary>value^exponent mod modulus.</summary>
    /// <param name="value">Not negative.</param>
    /// <param name="exponent">Not negative.</param>
    /// <param name="modulus">At least 2.</param>
    /// <returns>0 to modulus - 1.</returns>
    public static BigInteger Compute(in BigInteger value, in BigInteger exponent, in BigInteger modulus)
    {
        if (exponent.GetBitLength() <= ShortExponentBits)
        {
            return BigInteger.ModPow(value, exponent, modulus);
        }

        BigInteger reduced = value % modulus;
        if (reduced <= BigInteger.One)
        {
            return reduced;
        }

        int twos = TrailingZeros(modulus);
        if (twos == 0)
        {
            return OddPower(reduced, exponent, modulus);
        }

        BigInteger odd = modulus >> twos;
        BigInteger even = PowerOfTwoPower(reduced, exponent, twos);
        if (odd.IsOne)
        {
            return even;
        }

        // Garner: the result is x = a (mod odd) and x = b (mod 2^k), so x = a + odd * ((b - a) / odd mod 2^k).
        BigInteger first = OddPower(reduced % odd, exponent, odd);
        BigInteger mask = (BigInteger.One << twos) - 1;
        BigInteger inverse = InverseOfOdd(odd, twos);
        return first + (odd * ((((even - first) & mask) * inverse) & mask));
    }

    private static int TrailingZeros(in BigInteger value)
    {
        int zeros = 0;
        Span<byte> bytes = value.ToByteArray();
        int index = bytes.IndexOfAnyExcept((byte)0);
        zeros = (8 * index) + BitOperations.TrailingZeroCount(bytes[index]);
        return zeros;
    }

    // Newton: each step doubles the number of right bits.
    private static BigInteger InverseOfOdd(in BigInteger odd, int bits)
    {
        BigInteger inverse = BigInteger.One;
        for (int right = 1; right < bits; right *= 2)
        {
            BigInteger mask = (BigInteger.One << Math.Min(2 * right, bits)) - 1;
            inverse = (inverse * (2 - (odd * inverse & mask))) & mask;
        }

        return inverse;
    }

    private static BigInteger OddPower(in BigInteger value, in BigInteger exponent, in BigInteger modulus)
    {
        int limbs = LimbCount(modulus);
        BigInteger one = (BigInteger.One << (64 * limbs)) % modulus;
        ulong[] memory = new ulong[limbs * (3 + (1 << WindowBits)) + limbs + 2];
        fixed (ulong* start = memory)
        {
            ulong* m = start;
            ulong* result = m + limbs;
            ulong* table = result + limbs;
            ulong* scratch = table + (limbs << WindowBits);
            Write(modulus, m, limbs);
            Write(one, table, limbs);
            Write((value << (64 * limbs)) % modulus, table + limbs, limbs);
            ulong negatedInverse = NegatedInverse(m[0]);
            for (int i = 2; i < 1 << WindowBits; i++)
            {
                MontgomeryMultiply(table + ((i - 1) * limbs), table + limbs, m, negatedInverse, table + (i * limbs), scratch, limbs);
            }

            Write(one, result, limbs);
            Raise(exponent, limbs, result, table, (a, b, into) => MontgomeryMultiply((ulong*)a, (ulong*)b, m, negatedInverse, (ulong*)into, scratch, limbs));

            // Out of Montgomery form: multiply by a plain one.
            new Span<ulong>(table, limbs).Clear();
            table[0] = 1;
            MontgomeryMultiply(result, table, m, negatedInverse, result, scratch, limbs);
            return Read(result, limbs);
        }
    }

    private static BigInteger PowerOfTwoPower(in BigInteger value, in BigInteger exponent, int bits)
    {
        int limbs = (bits + 63) / 64;
        BigInteger mask = (BigInteger.One << bits) - 1;
        if (value.IsEven && exponent >= bits)
        {
            return BigInteger.Zero;
        }

        ulong[] memory = new ulong[limbs * (3 + (1 << WindowBits))];
        fixed (ulong* start = memory)
        {
            ulong* result = start;
            ulong* table = result + limbs;
            ulong* scratch = table + (limbs << WindowBits);
            table[0] = 1;
            Write(value & mask, table + limbs, limbs);
            for (int i = 2; i < 1 << WindowBits; i++)
            {
                LowMultiply(table + ((i - 1) * limbs), table + limbs, table + (i * limbs), scratch, limbs);
            }

            result[0] = 1;
            Raise(exponent, limbs, result, table, (a, b, into) => LowMultiply((ulong*)a, (ulong*)b, (ulong*)into, scratch, limbs));
            return Read(result, limbs) & mask;
        }
    }

    /// <summary>Raises what the table holds the first powers of; the result starts as one.</summary>
    private static void Raise(in BigInteger exponent, int limbs, ulong* result, ulong* table, Action<nint, nint, nint> multiply)
    {
        byte[] bytes = exponent.ToByteArray(isUnsigned: true, isBigEndian: true);
        bool started = false;
        foreach (byte pair in bytes)
        {
            for (int shift = 4; shift >= 0; shift -= 4)
            {
                int digit = (pair >> shift) & 15;
                if (started)
                {
                    for (int i = 0; i < WindowBits; i++)
                    {
                        multiply((nint)result, (nint)result, (nint)result);
                    }
                }

                if (digit != 0)
                {
                    multiply((nint)result, (nint)(table + (digit * limbs)), (nint)result);
                    started = true;
                }
            }
        }
    }

    /// <summary>a * b / 2^(64 limbs) mod m, by coarsely integrated operand scanning; the result may be one of the operands.</summary>
    private static void MontgomeryMultiply(ulong* a, ulong* b, ulong* m, ulong negatedInverse, ulong* result, ulong* scratch, int limbs)
    {
        ulong* t = scratch;
        new Span<ulong>(t, limbs + 2).Clear();
        for (int i = 0; i < limbs; i++)
        {
            ulong carry = 0;
            ulong factor = b[i];
            for (int j = 0; j < limbs; j++)
            {
                t[j] = Limbs.MultiplyAdd(a[j], factor, t[j], carry, out carry);
            }

            ulong top = t[limbs] + carry;
            t[limbs + 1] = top < carry ? 1UL : 0UL;
            t[limbs] = top;

            ulong quotient = t[0] * negatedInverse;
            Limbs.MultiplyAdd(quotient, m[0], t[0], 0, out carry);
            for (int j = 1; j < limbs; j++)
            {
                t[j - 1] = Limbs.MultiplyAdd(quotient, m[j], t[j], carry, out carry);
            }

            top = t[limbs] + carry;
            t[limbs - 1] = top;
            t[limbs] = t[limbs + 1] + (top < carry ? 1UL : 0UL);
        }

        // The sum is below 2m: at most one subtraction is left.
        ulong borrow = 0;
        for (int i = 0; i < limbs; i++)
        {
            ulong difference = t[i] - m[i];
            ulong next = (t[i] < m[i] ? 1UL : 0UL) | (difference < borrow ? 1UL : 0UL);
            result[i] = difference - borrow;
            borrow = next;
        }

        if (t[limbs] < borrow)
        {
            new Span<ulong>(t, limbs).CopyTo(new Span<ulong>(result, limbs));
        }
    }

    /// <summary>a * b mod 2^(64 limbs); the result may be one of the operands.</summary>
    private static void LowMultiply(ulong* a, ulong* b, ulong* result, ulong* scratch, int limbs)
    {
        ulong* t = scratch;
        new Span<ulong>(t, limbs).Clear();
        for (int i = 0; i < limbs; i++)
        {
            ulong carry = 0;
            for (int j = 0; j < limbs - i; j++)
            {
                t[i + j] = Limbs.MultiplyAdd(a[i], b[j], t[i + j], carry, out carry);
            }
        }

        new Span<ulong>(t, limbs).CopyTo(new Span<ulong>(result, limbs));
    }

    private static ulong NegatedInverse(ulong odd)
    {
        ulong inverse = odd;
        for (int i = 0; i < 5; i++)
        {
            inverse *= 2 - (odd * inverse);
        }

        return 0 - inverse;
    }

    private static int LimbCount(in BigInteger value) => (value.GetByteCount(isUnsigned: true) + 7) / 8;

    private static void Write(in BigInteger value, ulong* limbs, int count)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<ulong>(limbs, count));
        bytes.Clear();
        value.TryWriteBytes(bytes, out _, isUnsigned: true);
    }

    private static BigInteger Read(ulong* limbs, int count) => new(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(limbs, count)), isUnsigned: true);
}
