using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cloud.Protocol.Crypto;

/// <summary>The permutation Keccak-f[1600] on eight states at once, one in each 64-bit part of AVX-512 registers: takes little longer than one alone.</summary>
internal static class KeccakF1600Eight
{
    /// <summary>How many states.</summary>
    public const int Count = 8;

    /// <summary>Whether this machine runs it.</summary>
    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary>Permutes eight states in place.</summary>
    /// <param name="state">The first lane of the first state; then the first lanes of the others, then all second lanes, and so on: 200 in all.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Permute(ref ulong state)
    {
        Vector512<ulong> a0 = Vector512.LoadUnsafe(ref state);
        Vector512<ulong> a1 = Vector512.LoadUnsafe(ref state, 8);
        Vector512<ulong> a2 = Vector512.LoadUnsafe(ref state, 16);
        Vector512<ulong> a3 = Vector512.LoadUnsafe(ref state, 24);
        Vector512<ulong> a4 = Vector512.LoadUnsafe(ref state, 32);
        Vector512<ulong> a5 = Vector512.LoadUnsafe(ref state, 40);
        Vector512<ulong> a6 = Vector512.LoadUnsafe(ref state, 48);
        Vector512<ulong> a7 = Vector512.LoadUnsafe(ref state, 56);
        Vector512<ulong> a8 = Vector512.LoadUnsafe(ref state, 64);
        Vector512<ulong> a9 = Vector512.LoadUnsafe(ref state, 72);
        Vector512<ulong> a10 = Vector512.LoadUnsafe(ref state, 80);
        Vector512<ulong> a11 = Vector512.LoadUnsafe(ref state, 88);
        Vector512<ulong> a12 = Vector512.LoadUnsafe(ref state, 96);
        Vector512<ulong> a13 = Vector512.LoadUnsafe(ref state, 104);
        Vector512<ulong> a14 = Vector512.LoadUnsafe(ref state, 112);
        Vector512<ulong> a15 = Vector512.LoadUnsafe(ref state, 120);
        Vector512<ulong> a16 = Vector512.LoadUnsafe(ref state, 128);
        Vector512<ulong> a17 = Vector512.LoadUnsafe(ref state, 136);
        Vector512<ulong> a18 = Vector512.LoadUnsafe(ref state, 144);
        Vector512<ulong> a19 = Vector512.LoadUnsafe(ref state, 152);
        Vector512<ulong> a20 = Vector512.LoadUnsafe(ref state, 160);
        Vector512<ulong> a21 = Vector512.LoadUnsafe(ref state, 168);
        Vector512<ulong> a22 = Vector512.LoadUnsafe(ref state, 176);
        Vector512<ulong> a23 = Vector512.LoadUnsafe(ref state, 184);
        Vector512<ulong> a24 = Vector512.LoadUnsafe(ref state, 192);
        Vector512<ulong> b0, b1, b2, b3, b4;
        Vector512<ulong> c0, c1, c2, c3, c4;
        Vector512<ulong> d0, d1, d2, d3, d4;
        Vector512<ulong> e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12,
            e13, e14, e15, e16, e17, e18, e19, e20, e21, e22, e23, e24;
        ref ulong constant = ref MemoryMarshal.GetReference(KeccakF1600.RoundConstants);
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
            e0 = Chi(b0, b1, b2) ^ Vector512.Create(Unsafe.Add(ref constant, round));
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
            a0 = Chi(b0, b1, b2) ^ Vector512.Create(Unsafe.Add(ref constant, round + 1));
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

        a0.StoreUnsafe(ref state);
        a1.StoreUnsafe(ref state, 8);
        a2.StoreUnsafe(ref state, 16);
        a3.StoreUnsafe(ref state, 24);
        a4.StoreUnsafe(ref state, 32);
        a5.StoreUnsafe(ref state, 40);
        a6.StoreUnsafe(ref state, 48);
        a7.StoreUnsafe(ref state, 56);
        a8.StoreUnsafe(ref state, 64);
        a9.StoreUnsafe(ref state, 72);
        a10.StoreUnsafe(ref state, 80);
        a11.StoreUnsafe(ref state, 88);
        a12.StoreUnsafe(ref state, 96);
        a13.StoreUnsafe(ref state, 104);
        a14.StoreUnsafe(ref state, 112);
        a15.StoreUnsafe(ref state, 120);
        a16.StoreUnsafe(ref state, 128);
        a17.StoreUnsafe(ref state, 136);
        a18.StoreUnsafe(ref state, 144);
        a19.StoreUnsafe(ref state, 152);
        a20.StoreUnsafe(ref state, 160);
        a21.StoreUnsafe(ref state, 168);
        a22.StoreUnsafe(ref state, 176);
        a23.StoreUnsafe(ref state, 184);
        a24.StoreUnsafe(ref state, 192);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Rotate(Vector512<ulong> value, [ConstantExpected] byte bits) => Avx512F.RotateLeft(value, bits);

    // The immediate of a ternary operation is its truth table.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Xor(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c) => Avx512F.TernaryLogic(a, b, c, 0x96);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Chi(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c) => Avx512F.TernaryLogic(a, b, c, 0xD2);
}
