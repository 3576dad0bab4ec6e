using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cloud.Protocol.Crypto;

/// <summary>The permutation Keccak-f[1600] (FIPS 202, section 3.4), lane (x, y) at index x + 5y.</summary>
/// <remarks>
/// Two rounds a turn of the loop, the second one back into the variables of the first, so that the renaming of lanes (step pi) costs no moves.
/// The x86 form holds each lane in a vector register of its own: with AVX-512 there are 32 of them, which holds the whole state, a rotation is one
/// instruction, and so is each three-input function of the steps theta and chi.
/// </remarks>
internal static class KeccakF1600
{
    /// <summary>Number of 64-bit lanes.</summary>
    public const int Lanes = 25;

    // Step iota's constants, one a round.
    internal static ReadOnlySpan<ulong> RoundConstants =>
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B, 0x0000000080000001,
        0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
        0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
        0x000000000000800A, 0x800000008000000A, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ];

    /// <summary>Whether this machine runs <see cref="PermuteAvx512"/>.</summary>
    public static bool IsAvx512Supported => Avx512F.VL.IsSupported;

    /// <summary>Permutes the state in place with the fastest form that this machine has.</summary>
    /// <param name="state">The first of 25 lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Permute(ref ulong state)
    {
        if (Avx512F.VL.IsSupported)
        {
            PermuteAvx512(ref state);
        }
        else
        {
            PermuteScalar(ref state);
        }
    }

    /// <summary>The form for any machine.</summary>
    /// <param name="state">The first of 25 lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PermuteScalar(ref ulong state)
    {
        ulong a0 = state;
        ulong a1 = Unsafe.Add(ref state, 1);
        ulong a2 = Unsafe.Add(ref state, 2);
        ulong a3 = Unsafe.Add(ref state, 3);
        ulong a4 = Unsafe.Add(ref state, 4);
        ulong a5 = Unsafe.Add(ref state, 5);
        ulong a6 = Unsafe.Add(ref state, 6);
        ulong a7 = Unsafe.Add(ref state, 7);
        ulong a8 = Unsafe.Add(ref state, 8);
        ulong a9 = Unsafe.Add(ref state, 9);
        ulong a10 = Unsafe.Add(ref state, 10);
        ulong a11 = Unsafe.Add(ref state, 11);
        ulong a12 = Unsafe.Add(ref state, 12);
        ulong a13 = Unsafe.Add(ref state, 13);
        ulong a14 = Unsafe.Add(ref state, 14);
        ulong a15 = Unsafe.Add(ref state, 15);
        ulong a16 = Unsafe.Add(ref state, 16);
        ulong a17 = Unsafe.Add(ref state, 17);
        ulong a18 = Unsafe.Add(ref state, 18);
        ulong a19 = Unsafe.Add(ref state, 19);
        ulong a20 = Unsafe.Add(ref state, 20);
        ulong a21 = Unsafe.Add(ref state, 21);
        ulong a22 = Unsafe.Add(ref state, 22);
        ulong a23 = Unsafe.Add(ref state, 23);
        ulong a24 = Unsafe.Add(ref state, 24);
        ulong b0, b1, b2, b3, b4;
        ulong c0, c1, c2, c3, c4;
        ulong d0, d1, d2, d3, d4;
        ulong e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12,
            e13, e14, e15, e16, e17, e18, e19, e20, e21, e22, e23, e24;
        ref ulong constant = ref MemoryMarshal.GetReference(RoundConstants);
        for (int round = 0; round < 24; round += 2)
        {
            c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20;
            c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21;
            c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22;
            c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23;
            c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24;
            d0 = c4 ^ BitOperations.RotateLeft(c1, 1);
            d1 = c0 ^ BitOperations.RotateLeft(c2, 1);
            d2 = c1 ^ BitOperations.RotateLeft(c3, 1);
            d3 = c2 ^ BitOperations.RotateLeft(c4, 1);
            d4 = c3 ^ BitOperations.RotateLeft(c0, 1);

            b0 = a0 ^ d0;
            b1 = BitOperations.RotateLeft(a6 ^ d1, 44);
            b2 = BitOperations.RotateLeft(a12 ^ d2, 43);
            b3 = BitOperations.RotateLeft(a18 ^ d3, 21);
            b4 = BitOperations.RotateLeft(a24 ^ d4, 14);
            e0 = b0 ^ (~b1 & b2) ^ Unsafe.Add(ref constant, round);
            e1 = b1 ^ (~b2 & b3);
            e2 = b2 ^ (~b3 & b4);
            e3 = b3 ^ (~b4 & b0);
            e4 = b4 ^ (~b0 & b1);

            b0 = BitOperations.RotateLeft(a3 ^ d3, 28);
            b1 = BitOperations.RotateLeft(a9 ^ d4, 20);
            b2 = BitOperations.RotateLeft(a10 ^ d0, 3);
            b3 = BitOperations.RotateLeft(a16 ^ d1, 45);
            b4 = BitOperations.RotateLeft(a22 ^ d2, 61);
            e5 = b0 ^ (~b1 & b2);
            e6 = b1 ^ (~b2 & b3);
            e7 = b2 ^ (~b3 & b4);
            e8 = b3 ^ (~b4 & b0);
            e9 = b4 ^ (~b0 & b1);

            b0 = BitOperations.RotateLeft(a1 ^ d1, 1);
            b1 = BitOperations.RotateLeft(a7 ^ d2, 6);
            b2 = BitOperations.RotateLeft(a13 ^ d3, 25);
            b3 = BitOperations.RotateLeft(a19 ^ d4, 8);
            b4 = BitOperations.RotateLeft(a20 ^ d0, 18);
            e10 = b0 ^ (~b1 & b2);
            e11 = b1 ^ (~b2 & b3);
            e12 = b2 ^ (~b3 & b4);
            e13 = b3 ^ (~b4 & b0);
            e14 = b4 ^ (~b0 & b1);

            b0 = BitOperations.RotateLeft(a4 ^ d4, 27);
            b1 = BitOperations.RotateLeft(a5 ^ d0, 36);
            b2 = BitOperations.RotateLeft(a11 ^ d1, 10);
            b3 = BitOperations.RotateLeft(a17 ^ d2, 15);
            b4 = BitOperations.RotateLeft(a23 ^ d3, 56);
            e15 = b0 ^ (~b1 & b2);
            e16 = b1 ^ (~b2 & b3);
            e17 = b2 ^ (~b3 & b4);
            e18 = b3 ^ (~b4 & b0);
            e19 = b4 ^ (~b0 & b1);

            b0 = BitOperations.RotateLeft(a2 ^ d2, 62);
            b1 = BitOperations.RotateLeft(a8 ^ d3, 55);
            b2 = BitOperations.RotateLeft(a14 ^ d4, 39);
            b3 = BitOperations.RotateLeft(a15 ^ d0, 41);
            b4 = BitOperations.RotateLeft(a21 ^ d1, 2);
            e20 = b0 ^ (~b1 & b2);
            e21 = b1 ^ (~b2 & b3);
            e22 = b2 ^ (~b3 & b4);
            e23 = b3 ^ (~b4 & b0);
            e24 = b4 ^ (~b0 & b1);

            c0 = e0 ^ e5 ^ e10 ^ e15 ^ e20;
            c1 = e1 ^ e6 ^ e11 ^ e16 ^ e21;
            c2 = e2 ^ e7 ^ e12 ^ e17 ^ e22;
            c3 = e3 ^ e8 ^ e13 ^ e18 ^ e23;
            c4 = e4 ^ e9 ^ e14 ^ e19 ^ e24;
            d0 = c4 ^ BitOperations.RotateLeft(c1, 1);
            d1 = c0 ^ BitOperations.RotateLeft(c2, 1);
            d2 = c1 ^ BitOperations.RotateLeft(c3, 1);
            d3 = c2 ^ BitOperations.RotateLeft(c4, 1);
            d4 = c3 ^ BitOperations.RotateLeft(c0, 1);

            b0 = e0 ^ d0;
            b1 = BitOperations.RotateLeft(e6 ^ d1, 44);
            b2 = BitOperations.RotateLeft(e12 ^ d2, 43);
            b3 = BitOperations.RotateLeft(e18 ^ d3, 21);
            b4 = BitOperations.RotateLeft(e24 ^ d4, 14);
            a0 = b0 ^ (~b1 & b2) ^ Unsafe.Add(ref constant, round + 1);
            a1 = b1 ^ (~b2 & b3);
            a2 = b2 ^ (~b3 & b4);
            a3 = b3 ^ (~b4 & b0);
            a4 = b4 ^ (~b0 & b1);

            b0 = BitOperations.RotateLeft(e3 ^ d3, 28);
            b1 = BitOperations.RotateLeft(e9 ^ d4, 20);
            b2 = BitOperations.RotateLeft(e10 ^ d0, 3);
            b3 = BitOperations.RotateLeft(e16 ^ d1, 45);
            b4 = BitOperations.RotateLeft(e22 ^ d2, 61);
            a5 = b0 ^ (~b1 & b2);
            a6 = b1 ^ (~b2 & b3);
            a7 = b2 ^ (~b3 & b4);
            a8 = b3 ^ (~b4 & b0);
            a9 = b4 ^ (~b0 & b1);

            b0 = BitOperations.RotateLeft(e1 ^ d1, 1);
            b1 = BitOperations.RotateLeft(e7 ^ d2, 6);
            b2 = BitOperations.RotateLeft(e13 ^ d3, 25);
            b3 = BitOperations.RotateLeft(e19 ^ d4, 8);
            b4 = BitOperations.RotateLeft(e20 ^ d0, 18);
            a10 = b0 ^ (~b1 & b2);
            a11 = b1 ^ (~b2 & b3);
            a12 = b2 ^ (~b3 & b4);
            a13 = b3 ^ (~b4 & b0);
            a14 = b4 ^ (~b0 & b1);

            b0 = BitOperations.RotateLeft(e4 ^ d4, 27);
            b1 = BitOperations.RotateLeft(e5 ^ d0, 36);
            b2 = BitOperations.RotateLeft(e11 ^ d1, 10);
            b3 = BitOperations.RotateLeft(e17 ^ d2, 15);
            b4 = BitOperations.RotateLeft(e23 ^ d3, 56);
            a15 = b0 ^ (~b1 & b2);
            a16 = b1 ^ (~b2 & b3);
            a17 = b2 ^ (~b3 & b4);
            a18 = b3 ^ (~b4 & b0);
            a19 = b4 ^ (~b0 & b1);

            b0 = BitOperations.RotateLeft(e2 ^ d2, 62);
            b1 = BitOperations.RotateLeft(e8 ^ d3, 55);
            b2 = BitOperations.RotateLeft(e14 ^ d4, 39);
            b3 = BitOperations.RotateLeft(e15 ^ d0, 41);
            b4 = BitOperations.RotateLeft(e21 ^ d1, 2);
            a20 = b0 ^ (~b1 & b2);
            a21 = b1 ^ (~b2 & b3);
            a22 = b2 ^ (~b3 & b4);
            a23 = b3 ^ (~b4 & b0);
            a24 = b4 ^ (~b0 & b1);
        }

        state = a0;
        Unsafe.Add(ref state, 1) = a1;
        Unsafe.Add(ref state, 2) = a2;
        Unsafe.Add(ref state, 3) = a3;
        Unsafe.Add(ref state, 4) = a4;
        Unsafe.Add(ref state, 5) = a5;
        Unsafe.Add(ref state, 6) = a6;
        Unsafe.Add(ref state, 7) = a7;
        Unsafe.Add(ref state, 8) = a8;
        Unsafe.Add(ref state, 9) = a9;
        Unsafe.Add(ref state, 10) = a10;
        Unsafe.Add(ref state, 11) = a11;
        Unsafe.Add(ref state, 12) = a12;
        Unsafe.Add(ref state, 13) = a13;
        Unsafe.Add(ref state, 14) = a14;
        Unsafe.Add(ref state, 15) = a15;
        Unsafe.Add(ref state, 16) = a16;
        Unsafe.Add(ref state, 17) = a17;
        Unsafe.Add(ref state, 18) = a18;
        Unsafe.Add(ref state, 19) = a19;
        Unsafe.Add(ref state, 20) = a20;
        Unsafe.Add(ref state, 21) = a21;
        Unsafe.Add(ref state, 22) = a22;
        Unsafe.Add(ref state, 23) = a23;
        Unsafe.Add(ref state, 24) = a24;
    }

    /// <summary>The form for x86 with AVX-512F and VL.</summary>
    /// <param name="state">The first of 25 lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PermuteAvx512(ref ulong state)
    {
        Vector128<ulong> a0 = Vector128.CreateScalarUnsafe(state);
        Vector128<ulong> a1 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 1));
        Vector128<ulong> a2 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 2));
        Vector128<ulong> a3 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 3));
        Vector128<ulong> a4 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 4));
        Vector128<ulong> a5 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 5));
        Vector128<ulong> a6 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 6));
        Vector128<ulong> a7 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 7));
        Vector128<ulong> a8 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 8));
        Vector128<ulong> a9 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 9));
        Vector128<ulong> a10 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 10));
        Vector128<ulong> a11 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 11));
        Vector128<ulong> a12 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 12));
        Vector128<ulong> a13 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 13));
        Vector128<ulong> a14 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 14));
        Vector128<ulong> a15 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 15));
        Vector128<ulong> a16 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 16));
        Vector128<ulong> a17 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 17));
        Vector128<ulong> a18 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 18));
        Vector128<ulong> a19 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 19));
        Vector128<ulong> a20 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 20));
        Vector128<ulong> a21 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 21));
        Vector128<ulong> a22 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 22));
        Vector128<ulong> a23 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 23));
        Vector128<ulong> a24 = Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, 24));
        Vector128<ulong> b0, b1, b2, b3, b4;
        Vector128<ulong> c0, c1, c2, c3, c4;
        Vector128<ulong> d0, d1, d2, d3, d4;
        Vector128<ulong> e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12,
            e13, e14, e15, e16, e17, e18, e19, e20, e21, e22, e23, e24;
        ref ulong constant = ref MemoryMarshal.GetReference(RoundConstants);
        for (int round = 0; round < 24; round += 2)
        {
            c0 = Xor(Xor(a0, a5, a10), a15, a20);
            c1 = Xor(Xor(a1, a6, a11), a16, a21);
            c2 = Xor(Xor(a2, a7, a12), a17, a22);
            c3 = Xor(Xor(a3, a8, a13), a18, a23);
            c4 = Xor(Xor(a4, a9, a14), a19, a24);
            d0 = c4 ^ Rotate(c1, 1);
            d1 = c0 ^ Rotate(c2, 1);
            d2 = c1 ^ Rotate(c3, 1);
            d3 = c2 ^ Rotate(c4, 1);
            d4 = c3 ^ Rotate(c0, 1);

            b0 = a0 ^ d0;
            b1 = Rotate(a6 ^ d1, 44);
            b2 = Rotate(a12 ^ d2, 43);
            b3 = Rotate(a18 ^ d3, 21);
            b4 = Rotate(a24 ^ d4, 14);
            e0 = Chi(b0, b1, b2) ^ Vector128.CreateScalarUnsafe(Unsafe.Add(ref constant, round));
            e1 = Chi(b1, b2, b3);
            e2 = Chi(b2, b3, b4);
            e3 = Chi(b3, b4, b0);
            e4 = Chi(b4, b0, b1);

            b0 = Rotate(a3 ^ d3, 28);
            b1 = Rotate(a9 ^ d4, 20);
            b2 = Rotate(a10 ^ d0, 3);
            b3 = Rotate(a16 ^ d1, 45);
            b4 = Rotate(a22 ^ d2, 61);
            e5 = Chi(b0, b1, b2);
            e6 = Chi(b1, b2, b3);
            e7 = Chi(b2, b3, b4);
            e8 = Chi(b3, b4, b0);
            e9 = Chi(b4, b0, b1);

            b0 = Rotate(a1 ^ d1, 1);
            b1 = Rotate(a7 ^ d2, 6);
            b2 = Rotate(a13 ^ d3, 25);
            b3 = Rotate(a19 ^ d4, 8);
            b4 = Rotate(a20 ^ d0, 18);
            e10 = Chi(b0, b1, b2);
            e11 = Chi(b1, b2, b3);
            e12 = Chi(b2, b3, b4);
            e13 = Chi(b3, b4, b0);
            e14 = Chi(b4, b0, b1);

            b0 = Rotate(a4 ^ d4, 27);
            b1 = Rotate(a5 ^ d0, 36);
            b2 = Rotate(a11 ^ d1, 10);
            b3 = Rotate(a17 ^ d2, 15);
            b4 = Rotate(a23 ^ d3, 56);
            e15 = Chi(b0, b1, b2);
            e16 = Chi(b1, b2, b3);
            e17 = Chi(b2, b3, b4);
            e18 = Chi(b3, b4, b0);
            e19 = Chi(b4, b0, b1);

            b0 = Rotate(a2 ^ d2, 62);
            b1 = Rotate(a8 ^ d3, 55);
            b2 = Rotate(a14 ^ d4, 39);
            b3 = Rotate(a15 ^ d0, 41);
            b4 = Rotate(a21 ^ d1, 2);
            e20 = Chi(b0, b1, b2);
            e21 = Chi(b1, b2, b3);
            e22 = Chi(b2, b3, b4);
            e23 = Chi(b3, b4, b0);
            e24 = Chi(b4, b0, b1);

            c0 = Xor(Xor(e0, e5, e10), e15, e20);
            c1 = Xor(Xor(e1, e6, e11), e16, e21);
            c2 = Xor(Xor(e2, e7, e12), e17, e22);
            c3 = Xor(Xor(e3, e8, e13), e18, e23);
            c4 = Xor(Xor(e4, e9, e14), e19, e24);
            d0 = c4 ^ Rotate(c1, 1);
            d1 = c0 ^ Rotate(c2, 1);
            d2 = c1 ^ Rotate(c3, 1);
            d3 = c2 ^ Rotate(c4, 1);
            d4 = c3 ^ Rotate(c0, 1);

            b0 = e0 ^ d0;
            b1 = Rotate(e6 ^ d1, 44);
            b2 = Rotate(e12 ^ d2, 43);
            b3 = Rotate(e18 ^ d3, 21);
            b4 = Rotate(e24 ^ d4, 14);
            a0 = Chi(b0, b1, b2) ^ Vector128.CreateScalarUnsafe(Unsafe.Add(ref constant, round + 1));
            a1 = Chi(b1, b2, b3);
            a2 = Chi(b2, b3, b4);
            a3 = Chi(b3, b4, b0);
            a4 = Chi(b4, b0, b1);

            b0 = Rotate(e3 ^ d3, 28);
            b1 = Rotate(e9 ^ d4, 20);
            b2 = Rotate(e10 ^ d0, 3);
            b3 = Rotate(e16 ^ d1, 45);
            b4 = Rotate(e22 ^ d2, 61);
            a5 = Chi(b0, b1, b2);
            a6 = Chi(b1, b2, b3);
            a7 = Chi(b2, b3, b4);
            a8 = Chi(b3, b4, b0);
            a9 = Chi(b4, b0, b1);

            b0 = Rotate(e1 ^ d1, 1);
            b1 = Rotate(e7 ^ d2, 6);
            b2 = Rotate(e13 ^ d3, 25);
            b3 = Rotate(e19 ^ d4, 8);
            b4 = Rotate(e20 ^ d0, 18);
            a10 = Chi(b0, b1, b2);
            a11 = Chi(b1, b2, b3);
            a12 = Chi(b2, b3, b4);
            a13 = Chi(b3, b4, b0);
            a14 = Chi(b4, b0, b1);

            b0 = Rotate(e4 ^ d4, 27);
            b1 = Rotate(e5 ^ d0, 36);
            b2 = Rotate(e11 ^ d1, 10);
            b3 = Rotate(e17 ^ d2, 15);
            b4 = Rotate(e23 ^ d3, 56);
            a15 = Chi(b0, b1, b2);
            a16 = Chi(b1, b2, b3);
            a17 = Chi(b2, b3, b4);
            a18 = Chi(b3, b4, b0);
            a19 = Chi(b4, b0, b1);

            b0 = Rotate(e2 ^ d2, 62);
            b1 = Rotate(e8 ^ d3, 55);
            b2 = Rotate(e14 ^ d4, 39);
            b3 = Rotate(e15 ^ d0, 41);
            b4 = Rotate(e21 ^ d1, 2);
            a20 = Chi(b0, b1, b2);
            a21 = Chi(b1, b2, b3);
            a22 = Chi(b2, b3, b4);
            a23 = Chi(b3, b4, b0);
            a24 = Chi(b4, b0, b1);
        }

        state = a0.ToScalar();
        Unsafe.Add(ref state, 1) = a1.ToScalar();
        Unsafe.Add(ref state, 2) = a2.ToScalar();
        Unsafe.Add(ref state, 3) = a3.ToScalar();
        Unsafe.Add(ref state, 4) = a4.ToScalar();
        Unsafe.Add(ref state, 5) = a5.ToScalar();
        Unsafe.Add(ref state, 6) = a6.ToScalar();
        Unsafe.Add(ref state, 7) = a7.ToScalar();
        Unsafe.Add(ref state, 8) = a8.ToScalar();
        Unsafe.Add(ref state, 9) = a9.ToScalar();
        Unsafe.Add(ref state, 10) = a10.ToScalar();
        Unsafe.Add(ref state, 11) = a11.ToScalar();
        Unsafe.Add(ref state, 12) = a12.ToScalar();
        Unsafe.Add(ref state, 13) = a13.ToScalar();
        Unsafe.Add(ref state, 14) = a14.ToScalar();
        Unsafe.Add(ref state, 15) = a15.ToScalar();
        Unsafe.Add(ref state, 16) = a16.ToScalar();
        Unsafe.Add(ref state, 17) = a17.ToScalar();
        Unsafe.Add(ref state, 18) = a18.ToScalar();
        Unsafe.Add(ref state, 19) = a19.ToScalar();
        Unsafe.Add(ref state, 20) = a20.ToScalar();
        Unsafe.Add(ref state, 21) = a21.ToScalar();
        Unsafe.Add(ref state, 22) = a22.ToScalar();
        Unsafe.Add(ref state, 23) = a23.ToScalar();
        Unsafe.Add(ref state, 24) = a24.ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Rotate(Vector128<ulong> value, [ConstantExpected] byte bits) => Avx512F.VL.RotateLeft(value, bits);

    // The immediate of a ternary operation is its truth table.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Xor(Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> c) => Avx512F.VL.TernaryLogic(a, b, c, 0x96);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Chi(Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> c) => Avx512F.VL.TernaryLogic(a, b, c, 0xD2);
}
