using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static Cloud.Protocol.Crypto.Blst;

namespace Cloud.Protocol.Crypto;

/// <summary>The operations of EIP-2537 on BLS12-381 through blst, with the encodings of the precompiles. Thread-safe; no call allocates managed memory.</summary>
/// <remarks>
/// A field element has 64 bytes, big-endian, of which the first 16 are zero. A point of G1 is x || y, 128 bytes; an element of the quadratic extension is
/// its real, then its imaginary part; a point of G2 is x || y, 256 bytes; the point at infinity is all zero. Additions take any point on the curve,
/// multiplications and pairings only points of the subgroup. The first call loads the library and throws <see cref="NativeLibraryMissingException"/>
/// where that fails.
/// </remarks>
public static unsafe class Bls12381
{
    /// <summary>Length of an encoded field element in bytes.</summary>
    public const int FieldElementLength = 64;

    /// <summary>Length of an encoded point of G1 in bytes.</summary>
    public const int G1Length = 128;

    /// <summary>Length of an encoded point of G2 in bytes.</summary>
    public const int G2Length = 256;

    /// <summary>Length of a scalar in bytes, big-endian; any value.</summary>
    public const int ScalarLength = 32;

    /// <summary>Length of a point of G1 and its scalar.</summary>
    public const int G1TermLength = G1Length + ScalarLength;

    /// <summary>Length of a point of G2 and its scalar.</summary>
    public const int G2TermLength = G2Length + ScalarLength;

    /// <summary>Length of a point of G1 and a point of G2.</summary>
    public const int PairLength = G1Length + G2Length;

    private const int Padding = 16;
    private const int ScalarBits = 256;

    // blst keeps a batch on the stack, about 400 bytes a pair.
    private const int PairsInBatch = 32;

    private static ReadOnlySpan<byte> BaseFieldModulus =>
    [
        0x1A, 0x01, 0x11, 0xEA, 0x39, 0x7F, 0xE6, 0x9A, 0x4B, 0x1B, 0xA7, 0xB6, 0x43, 0x4B, 0xAC, 0xD7,
        0x64, 0x77, 0x4B, 0x84, 0xF3, 0x85, 0x12, 0xBF, 0x67, 0x30, 0xD2, 0xA0, 0xF6, 0xB0, 0xF6, 0x24,
        0x1E, 0xAB, 0xFF, 0xFE, 0xB1, 0x53, 0xFF, 0xFF, 0xB9, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xAA, 0xAB,
    ];

    /// <summary>BLS12_G1ADD: the sum of two points.</summary>
    /// <param name="input">Two points of G1, 256 bytes.</param>
    /// <param name="output">128 bytes, written on success.</param>
    /// <returns>What is wrong with the input, or none.</returns>
    [SkipLocalsInit]
    public static Bls12381Fault AddG1(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.Length != 2 * G1Length)
        {
            return Bls12381Fault.Length;
        }

        RequireRoom(output, G1Length);
        EnsureLoaded();
        P1Affine a, b;
        Bls12381Fault fault = ReadG1(input, &a);
        if (fault == Bls12381Fault.None)
        {
            fault = ReadG1(input[G1Length..], &b);
        }

        if (fault != Bls12381Fault.None)
        {
            return fault;
        }

        P1 sum;
        P1FromAffine(&sum, &a);
        P1AddAffine(&sum, &sum, &b);
        WriteG1(&sum, output);
        return Bls12381Fault.None;
    }

    /// <summary>BLS12_G2ADD: the sum of two points.</summary>
    /// <param name="input">Two points of G2, 512 bytes.</param>
    /// <param name="output">256 bytes, written on success.</param>
    /// <returns>What is wrong with the input, or none.</returns>
    [SkipLocalsInit]
    public static Bls12381Fault AddG2(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.Length != 2 * G2Length)
        {
            return Bls12381Fault.Length;
        }

        RequireRoom(output, G2Length);
        EnsureLoaded();
        P2Affine a, b;
        Bls12381Fault fault = ReadG2(input, &a);
        if (fault == Bls12381Fault.None)
        {
            fault = ReadG2(input[G2Length..], &b);
        }

        if (fault != Bls12381Fault.None)
        {
            return fault;
        }

        P2 sum;
        P2FromAffine(&sum, &a);
        P2AddAffine(&sum, &sum, &b);
        WriteG2(&sum, output);
        return Bls12381Fault.None;
    }

    /// <summary>BLS12_G1MSM: the sum of points, each multiplied by its scalar.</summary>
    /// <param name="input">One or more terms of a point of G1 and a scalar, 160 bytes each.</param>
    /// <param name="output">128 bytes, written on success.</param>
    /// <returns>What is wrong with the input, or none.</returns>
    [SkipLocalsInit]
    public static Bls12381Fault MultiplyG1(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.IsEmpty || input.Length % G1TermLength != 0)
        {
            return Bls12381Fault.Length;
        }

        RequireRoom(output, G1Length);
        EnsureLoaded();
        int terms = input.Length / G1TermLength;
        nuint scratchSize = P1sMultiplyScratchSize((nuint)terms);
        byte* memory = (byte*)NativeMemory.Alloc(((nuint)terms * (nuint)(sizeof(P1Affine) + sizeof(Scalar))) + scratchSize);
        try
        {
            P1Affine* points = (P1Affine*)memory;
            Scalar* scalars = (Scalar*)(points + terms);
            nuint count = 0;
            for (; !input.IsEmpty; input = input[G1TermLength..])
            {
                P1Affine* point = points + count;
                Bls12381Fault fault = ReadG1(input, point);
                if (fault == Bls12381Fault.None && P1InGroup(point) == 0)
                {
                    fault = Bls12381Fault.NotInG1;
                }

                if (fault != Bls12381Fault.None)
                {
                    return fault;
                }

                // blst's multiplication takes no point at infinity, which adds nothing to the sum anyway.
                if (!IsZero(point))
                {
                    ReadScalar(input.Slice(G1Length, ScalarLength), scalars + count);
                    count++;
                }
            }

            P1 sum = default;
            if (count == 1)
            {
                P1FromAffine(&sum, points);
                P1Multiply(&sum, &sum, (byte*)scalars, ScalarBits);
            }
            else if (count > 1)
            {
                P1Affine** firstPoint = stackalloc P1Affine*[2];
                byte** firstScalar = stackalloc byte*[2];
                firstPoint[0] = points;
                firstPoint[1] = null;
                firstScalar[0] = (byte*)scalars;
                firstScalar[1] = null;
                P1sMultiply(&sum, firstPoint, count, firstScalar, ScalarBits, (ulong*)(scalars + terms));
            }

            WriteG1(&sum, output);
            return Bls12381Fault.None;
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    /// <summary>BLS12_G2MSM: the sum of points, each multiplied by its scalar.</summary>
    /// <param name="input">One or more terms of a point of G2 and a scalar, 288 bytes each.</param>
    /// <param name="output">256 bytes, written on success.</param>
    /// <returns>What is wrong with the input, or none.</returns>
    [SkipLocalsInit]
    public static Bls12381Fault MultiplyG2(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.IsEmpty || input.Length % G2TermLength != 0)
        {
            return Bls12381Fault.Length;
        }

        RequireRoom(output, G2Length);
        EnsureLoaded();
        int terms = input.Length / G2TermLength;
        nuint scratchSize = P2sMultiplyScratchSize((nuint)terms);
        byte* memory = (byte*)NativeMemory.Alloc(((nuint)terms * (nuint)(sizeof(P2Affine) + sizeof(Scalar))) + scratchSize);
        try
        {
            P2Affine* points = (P2Affine*)memory;
            Scalar* scalars = (Scalar*)(points + terms);
            nuint count = 0;
            for (; !input.IsEmpty; input = input[G2TermLength..])
            {
                P2Affine* point = points + count;
                Bls12381Fault fault = ReadG2(input, point);
                if (fault == Bls12381Fault.None && P2InGroup(point) == 0)
                {
                    fault = Bls12381Fault.NotInG2;
                }

                if (fault != Bls12381Fault.None)
                {
                    return fault;
                }

                if (!IsZero(point))
                {
                    ReadScalar(input.Slice(G2Length, ScalarLength), scalars + count);
                    count++;
                }
            }

            P2 sum = default;
            if (count == 1)
            {
                P2FromAffine(&sum, points);
                P2Multiply(&sum, &sum, (byte*)scalars, ScalarBits);
            }
            else if (count > 1)
            {
                P2Affine** firstPoint = stackalloc P2Affine*[2];
                byte** firstScalar = stackalloc byte*[2];
                firstPoint[0] = points;
                firstPoint[1] = null;
                firstScalar[0] = (byte*)scalars;
                firstScalar[1] = null;
                P2sMultiply(&sum, firstPoint, count, firstScalar, ScalarBits, (ulong*)(scalars + terms));
            }

            WriteG2(&sum, output);
            return Bls12381Fault.None;
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    /// <summary>BLS12_PAIRING_CHECK: whether the product of the pairings is one.</summary>
    /// <param name="input">One or more pairs of a point of G1 and a point of G2, 384 bytes each.</param>
    /// <param name="isOne">The answer, on success.</param>
    /// <returns>What is wrong with the input, or none.</returns>
    [SkipLocalsInit]
    public static Bls12381Fault CheckPairing(ReadOnlySpan<byte> input, out bool isOne)
    {
        isOne = false;
        if (input.IsEmpty || input.Length % PairLength != 0)
        {
            return Bls12381Fault.Length;
        }

        EnsureLoaded();
        P1Affine* p = stackalloc P1Affine[PairsInBatch];
        P2Affine* q = stackalloc P2Affine[PairsInBatch];
        Fp12 product;
        bool started = false;
        int count = 0;
        for (; !input.IsEmpty; input = input[PairLength..])
        {
            Bls12381Fault fault = ReadG1(input, p + count);
            if (fault == Bls12381Fault.None)
            {
                fault = ReadG2(input[G1Length..], q + count);
            }

            if (fault == Bls12381Fault.None && P1InGroup(p + count) == 0)
            {
                fault = Bls12381Fault.NotInG1;
            }

            if (fault == Bls12381Fault.None && P2InGroup(q + count) == 0)
            {
                fault = Bls12381Fault.NotInG2;
            }

            if (fault != Bls12381Fault.None)
            {
                return fault;
            }

            // A pairing with infinity is one.
            if (IsZero(p + count) || IsZero(q + count))
            {
                continue;
            }

            count++;
            if (count == PairsInBatch)
            {
                MultiplyPairings(&product, ref started, p, q, count);
                count = 0;
            }
        }

        if (count > 0)
        {
            MultiplyPairings(&product, ref started, p, q, count);
        }

        if (started)
        {
            FinalExponentiation(&product, &product);
            isOne = Fp12IsOne(&product) != 0;
        }
        else
        {
            isOne = true;
        }

        return Bls12381Fault.None;
    }

    /// <summary>BLS12_MAP_FP_TO_G1: maps a field element to a point of G1.</summary>
    /// <param name="input">A field element, 64 bytes.</param>
    /// <param name="output">128 bytes, written on success.</param>
    /// <returns>What is wrong with the input, or none.</returns>
    [SkipLocalsInit]
    public static Bls12381Fault MapFieldElementToG1(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.Length != FieldElementLength)
        {
            return Bls12381Fault.Length;
        }

        RequireRoom(output, G1Length);
        EnsureLoaded();
        Fp element;
        Bls12381Fault fault = ReadFieldElement(input, &element);
        if (fault == Bls12381Fault.None)
        {
            P1 point;
            MapToG1(&point, &element, null);
            WriteG1(&point, output);
        }

        return fault;
    }

    /// <summary>BLS12_MAP_FP2_TO_G2: maps an element of the quadratic extension to a point of G2.</summary>
    /// <param name="input">Real and imaginary part, 128 bytes.</param>
    /// <param name="output">256 bytes, written on success.</param>
    /// <returns>What is wrong with the input, or none.</returns>
    [SkipLocalsInit]
    public static Bls12381Fault MapFieldElementToG2(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.Length != 2 * FieldElementLength)
        {
            return Bls12381Fault.Length;
        }

        RequireRoom(output, G2Length);
        EnsureLoaded();
        Fp2 element;
        Bls12381Fault fault = ReadExtensionElement(input, &element);
        if (fault == Bls12381Fault.None)
        {
            P2 point;
            MapToG2(&point, &element, null);
            WriteG2(&point, output);
        }

        return fault;
    }

    private static void MultiplyPairings(Fp12* product, ref bool started, P1Affine* p, P2Affine* q, int count)
    {
        P1Affine** firstP = stackalloc P1Affine*[2];
        P2Affine** firstQ = stackalloc P2Affine*[2];
        firstP[0] = p;
        firstP[1] = null;
        firstQ[0] = q;
        firstQ[1] = null;
        if (started)
        {
            Fp12 part;
            MillerLoop(&part, firstQ, firstP, (nuint)count);
            Fp12Multiply(product, product, &part);
        }
        else
        {
            MillerLoop(product, firstQ, firstP, (nuint)count);
            started = true;
        }
    }

    private static Bls12381Fault ReadFieldElement(ReadOnlySpan<byte> input, Fp* element)
    {
        if (input[..Padding].ContainsAnyExcept((byte)0))
        {
            return Bls12381Fault.FieldElementPadding;
        }

        ReadOnlySpan<byte> number = input[Padding..FieldElementLength];
        if (number.SequenceCompareTo(BaseFieldModulus) >= 0)
        {
            return Bls12381Fault.FieldElementOutOfRange;
        }

        fixed (byte* bytes = number)
        {
            FpFromBigEndian(element, bytes);
        }

        return Bls12381Fault.None;
    }

    private static Bls12381Fault ReadExtensionElement(ReadOnlySpan<byte> input, Fp2* element)
    {
        Bls12381Fault fault = ReadFieldElement(input, &element->Real);
        return fault != Bls12381Fault.None ? fault : ReadFieldElement(input[FieldElementLength..], &element->Imaginary);
    }

    private static Bls12381Fault ReadG1(ReadOnlySpan<byte> input, P1Affine* point)
    {
        Bls12381Fault fault = ReadFieldElement(input, &point->X);
        if (fault == Bls12381Fault.None)
        {
            fault = ReadFieldElement(input[FieldElementLength..], &point->Y);
        }

        return fault == Bls12381Fault.None && P1OnCurve(point) == 0 ? Bls12381Fault.NotOnCurve : fault;
    }

    private static Bls12381Fault ReadG2(ReadOnlySpan<byte> input, P2Affine* point)
    {
        Bls12381Fault fault = ReadExtensionElement(input, &point->X);
        if (fault == Bls12381Fault.None)
        {
            fault = ReadExtensionElement(input[(2 * FieldElementLength)..], &point->Y);
        }

        return fault == Bls12381Fault.None && P2OnCurve(point) == 0 ? Bls12381Fault.NotOnCurve : fault;
    }

    private static void ReadScalar(ReadOnlySpan<byte> input, Scalar* scalar)
    {
        fixed (byte* bytes = input)
        {
            ScalarFromBigEndian(scalar, bytes);
        }
    }

    private static bool IsZero(P1Affine* point) => !new ReadOnlySpan<byte>(point, sizeof(P1Affine)).ContainsAnyExcept((byte)0);

    private static bool IsZero(P2Affine* point) => !new ReadOnlySpan<byte>(point, sizeof(P2Affine)).ContainsAnyExcept((byte)0);

    private static void WriteFieldElement(Fp* element, Span<byte> output)
    {
        output[..Padding].Clear();
        fixed (byte* bytes = output[Padding..FieldElementLength])
        {
            BigEndianFromFp(bytes, element);
        }
    }

    [SkipLocalsInit]
    private static void WriteG1(P1* point, Span<byte> output)
    {
        P1Affine affine;
        P1ToAffine(&affine, point);
        WriteFieldElement(&affine.X, output);
        WriteFieldElement(&affine.Y, output[FieldElementLength..]);
    }

    [SkipLocalsInit]
    private static void WriteG2(P2* point, Span<byte> output)
    {
        P2Affine affine;
        P2ToAffine(&affine, point);
        WriteFieldElement(&affine.X.Real, output);
        WriteFieldElement(&affine.X.Imaginary, output[FieldElementLength..]);
        WriteFieldElement(&affine.Y.Real, output[(2 * FieldElementLength)..]);
        WriteFieldElement(&affine.Y.Imaginary, output[(3 * FieldElementLength)..]);
    }

    private static void RequireRoom(ReadOnlySpan<byte> output, int length)
    {
        if (output.Length < length)
        {
            throw new ArgumentException($"The result needs {length} bytes, got {output.Length}.", nameof(output));
        }
    }
}
