using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cloud.Protocol.Crypto;

/// <summary>The part of blst that the product uses, as it is in C. Field elements are in Montgomery form; points at infinity are all zero when affine.</summary>
/// <remarks>Call <see cref="EnsureLoaded"/> first.</remarks>
internal static unsafe partial class Blst
{
    public const int Success = 0;
    public const int PointNotInGroup = 3;
    public const int VerifyFail = 5;
    public const int PublicKeyIsInfinity = 6;

    private const string Library = NativeLibraries.KzgName;
    private static bool s_loaded;

    /// <summary>Makes the declarations below resolvable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void EnsureLoaded()
    {
        if (!Volatile.Read(ref s_loaded))
        {
            NativeLibraries.Register();
            Volatile.Write(ref s_loaded, true);
        }
    }

    [LibraryImport(Library, EntryPoint = "blst_fp_from_bendian")]
    public static partial void FpFromBigEndian(Fp* result, byte* bytes48);

    [LibraryImport(Library, EntryPoint = "blst_bendian_from_fp")]
    public static partial void BigEndianFromFp(byte* bytes48, Fp* element);

    [LibraryImport(Library, EntryPoint = "blst_scalar_from_bendian")]
    public static partial void ScalarFromBigEndian(Scalar* result, byte* bytes32);

    [LibraryImport(Library, EntryPoint = "blst_bendian_from_scalar")]
    public static partial void BigEndianFromScalar(byte* bytes32, Scalar* scalar);

    [LibraryImport(Library, EntryPoint = "blst_sk_check")]
    public static partial byte SecretKeyCheck(Scalar* scalar);

    [LibraryImport(Library, EntryPoint = "blst_p1_affine_on_curve")]
    public static partial byte P1OnCurve(P1Affine* point);

    [LibraryImport(Library, EntryPoint = "blst_p1_affine_in_g1")]
    public static partial byte P1InGroup(P1Affine* point);

    [LibraryImport(Library, EntryPoint = "blst_p1_from_affine")]
    public static partial void P1FromAffine(P1* result, P1Affine* point);

    [LibraryImport(Library, EntryPoint = "blst_p1_to_affine")]
    public static partial void P1ToAffine(P1Affine* result, P1* point);

    [LibraryImport(Library, EntryPoint = "blst_p1_add_or_double_affine")]
    public static partial void P1AddAffine(P1* result, P1* a, P1Affine* b);

    [LibraryImport(Library, EntryPoint = "blst_p1_mult")]
    public static partial void P1Multiply(P1* result, P1* point, byte* scalar, nuint bits);

    [LibraryImport(Library, EntryPoint = "blst_p1s_mult_pippenger_scratch_sizeof")]
    public static partial nuint P1sMultiplyScratchSize(nuint count);

    [LibraryImport(Library, EntryPoint = "blst_p1s_mult_pippenger")]
    public static partial void P1sMultiply(P1* result, P1Affine** points, nuint count, byte** scalars, nuint bits, ulong* scratch);

    [LibraryImport(Library, EntryPoint = "blst_p1_uncompress")]
    public static partial int P1Uncompress(P1Affine* result, byte* bytes48);

    [LibraryImport(Library, EntryPoint = "blst_p1_affine_compress")]
    public static partial void P1Compress(byte* bytes48, P1Affine* point);

    [LibraryImport(Library, EntryPoint = "blst_map_to_g1")]
    public static partial void MapToG1(P1* result, Fp* u, Fp* v);

    [LibraryImport(Library, EntryPoint = "blst_p2_affine_on_curve")]
    public static partial byte P2OnCurve(P2Affine* point);

    [LibraryImport(Library, EntryPoint = "blst_p2_affine_in_g2")]
    public static partial byte P2InGroup(P2Affine* point);

    [LibraryImport(Library, EntryPoint = "blst_p2_from_affine")]
    public static partial void P2FromAffine(P2* result, P2Affine* point);

    [LibraryImport(Library, EntryPoint = "blst_p2_to_affine")]
    public static partial void P2ToAffine(P2Affine* result, P2* point);

    [LibraryImport(Library, EntryPoint = "blst_p2_add_or_double_affine")]
    public static partial void P2AddAffine(P2* result, P2* a, P2Affine* b);

    [LibraryImport(Library, EntryPoint = "blst_p2_mult")]
    public static partial void P2Multiply(P2* result, P2* point, byte* scalar, nuint bits);

    [LibraryImport(Library, EntryPoint = "blst_p2s_mult_pippenger_scratch_sizeof")]
    public static partial nuint P2sMultiplyScratchSize(nuint count);

    [LibraryImport(Library, EntryPoint = "blst_p2s_mult_pippenger")]
    public static partial void P2sMultiply(P2* result, P2Affine** points, nuint count, byte** scalars, nuint bits, ulong* scratch);

    [LibraryImport(Library, EntryPoint = "blst_p2_uncompress")]
    public static partial int P2Uncompress(P2Affine* result, byte* bytes96);

    [LibraryImport(Library, EntryPoint = "blst_p2_compress")]
    public static partial void P2Compress(byte* bytes96, P2* point);

    [LibraryImport(Library, EntryPoint = "blst_map_to_g2")]
    public static partial void MapToG2(P2* result, Fp2* u, Fp2* v);

    [LibraryImport(Library, EntryPoint = "blst_hash_to_g2")]
    public static partial void HashToG2(P2* result, byte* message, nuint length, byte* tag, nuint tagLength, byte* augmentation, nuint augmentationLength);

    [LibraryImport(Library, EntryPoint = "blst_keygen")]
    public static partial void KeyGen(Scalar* result, byte* seed, nuint length, byte* info, nuint infoLength);

    [LibraryImport(Library, EntryPoint = "blst_sk_to_pk2_in_g1")]
    public static partial void SecretToPublicKey(byte* serialized, P1Affine* result, Scalar* secretKey);

    [LibraryImport(Library, EntryPoint = "blst_sign_pk_in_g1")]
    public static partial void Sign(P2* result, P2* hash, Scalar* secretKey);

    [LibraryImport(Library, EntryPoint = "blst_core_verify_pk_in_g1")]
    public static partial int CoreVerify(
        P1Affine* publicKey,
        P2Affine* signature,
        byte hash,
        byte* message,
        nuint length,
        byte* tag,
        nuint tagLength,
        byte* augmentation,
        nuint augmentationLength);

    [LibraryImport(Library, EntryPoint = "blst_aggregated_in_g2")]
    public static partial void MillerLoopWithGenerator(Fp12* result, P2Affine* signature);

    [LibraryImport(Library, EntryPoint = "blst_miller_loop_n")]
    public static partial void MillerLoop(Fp12* result, P2Affine** q, P1Affine** p, nuint count);

    [LibraryImport(Library, EntryPoint = "blst_fp12_mul")]
    public static partial void Fp12Multiply(Fp12* result, Fp12* a, Fp12* b);

    [LibraryImport(Library, EntryPoint = "blst_final_exp")]
    public static partial void FinalExponentiation(Fp12* result, Fp12* value);

    [LibraryImport(Library, EntryPoint = "blst_fp12_is_one")]
    public static partial byte Fp12IsOne(Fp12* value);

    [LibraryImport(Library, EntryPoint = "blst_fp12_finalverify")]
    public static partial byte FinalVerify(Fp12* a, Fp12* b);

    public struct Scalar
    {
        public fixed byte Bytes[32];
    }

    public struct Fp
    {
        public fixed ulong Limbs[6];
    }

    public struct Fp2
    {
        public Fp Real, Imaginary;
    }

    public struct Fp12
    {
        public fixed ulong Limbs[72];
    }

    public struct P1Affine
    {
        public Fp X, Y;
    }

    public struct P1
    {
        public Fp X, Y, Z;
    }

    public struct P2Affine
    {
        public Fp2 X, Y;
    }

    public struct P2
    {
        public Fp2 X, Y, Z;
    }
}
