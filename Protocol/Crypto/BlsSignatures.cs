using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using static Cloud.Protocol.Crypto.Blst;

namespace Cloud.Protocol.Crypto;

/// <summary>
/// BLS signatures over BLS12-381 through blst: public keys in G1, signatures in G2, the proof-of-possession scheme of the IETF draft that Ethereum's
/// consensus layer uses. Thread-safe; no call allocates managed memory.
/// </summary>
/// <remarks>
/// <see cref="FastAggregateVerify"/> is only safe with keys whose proof of possession has been verified: without it, whoever chooses his key last can make
/// an aggregate that others never signed. The first call loads the library and throws <see cref="NativeLibraryMissingException"/> where that fails.
/// </remarks>
public static unsafe class BlsSignatures
{
    /// <summary>Length of a secret key in bytes, big-endian.</summary>
    public const int SecretKeyLength = 32;

    /// <summary>Length of a compressed signature in bytes.</summary>
    public const int SignatureLength = 96;

    /// <summary>The shortest seed that a secret key may be derived from, in bytes.</summary>
    public const int MinimumSeedLength = 32;

    private static ReadOnlySpan<byte> SignatureTag => "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"u8;

    private static ReadOnlySpan<byte> PossessionTag => "BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"u8;

    /// <summary>Derives a secret key (KeyGen of the IETF draft, version 4 and later).</summary>
    /// <param name="seed">At least 32 secret, random bytes.</param>
    /// <param name="secretKey">32 bytes, written on success.</param>
    /// <returns><see cref="BlsFault.Length"/>, or none.</returns>
    public static BlsFault DeriveSecretKey(ReadOnlySpan<byte> seed, Span<byte> secretKey)
    {
        if (seed.Length < MinimumSeedLength || secretKey.Length != SecretKeyLength)
        {
            return BlsFault.Length;
        }

        EnsureLoaded();
        Scalar scalar;
        fixed (byte* bytes = seed, output = secretKey)
        {
            KeyGen(&scalar, bytes, (nuint)seed.Length, null, 0);
            BigEndianFromScalar(output, &scalar);
        }

        Forget(&scalar);
        return BlsFault.None;
    }

    /// <summary>The public key of a secret key.</summary>
    /// <param name="secretKey">32 bytes.</param>
    /// <param name="publicKey">The key, on success.</param>
    /// <returns><see cref="BlsFault.Length"/> or <see cref="BlsFault.InvalidSecretKey"/>, else none.</returns>
    public static BlsFault GetPublicKey(ReadOnlySpan<byte> secretKey, out BlsPublicKey publicKey)
    {
        publicKey = default;
        Scalar scalar;
        BlsFault fault = ReadSecretKey(secretKey, &scalar);
        if (fault == BlsFault.None)
        {
            P1Affine point;
            SecretToPublicKey(null, &point, &scalar);
            publicKey = new BlsPublicKey(point);
            Forget(&scalar);
        }

        return fault;
    }

    /// <summary>Signs a message.</summary>
    /// <param name="secretKey">32 bytes.</param>
    /// <param name="message">Any length.</param>
    /// <param name="signature">96 bytes, written on success.</param>
    /// <returns><see cref="BlsFault.Length"/> or <see cref="BlsFault.InvalidSecretKey"/>, else none.</returns>
    public static BlsFault Sign(ReadOnlySpan<byte> secretKey, ReadOnlySpan<byte> message, Span<byte> signature) =>
        Sign(secretKey, message, SignatureTag, signature);

    /// <summary>Verifies a signature of one key.</summary>
    /// <param name="publicKey">The key.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">96 bytes.</param>
    /// <returns>None where the signature is valid.</returns>
    public static BlsFault Verify(in BlsPublicKey publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        publicKey.IsInfinity ? BlsFault.InvalidPublicKey : Verify(publicKey, message, SignatureTag, signature);

    /// <summary>Proves that the owner of a public key has its secret key.</summary>
    /// <param name="secretKey">32 bytes.</param>
    /// <param name="proof">96 bytes, written on success.</param>
    /// <returns><see cref="BlsFault.Length"/> or <see cref="BlsFault.InvalidSecretKey"/>, else none.</returns>
    [SkipLocalsInit]
    public static BlsFault ProvePossession(ReadOnlySpan<byte> secretKey, Span<byte> proof)
    {
        BlsFault fault = GetPublicKey(secretKey, out BlsPublicKey publicKey);
        if (fault != BlsFault.None)
        {
            return fault;
        }

        Span<byte> message = stackalloc byte[BlsPublicKey.EncodedLength];
        publicKey.Encode(message);
        return Sign(secretKey, message, PossessionTag, proof);
    }

    /// <summary>Verifies a proof of possession.</summary>
    /// <param name="publicKey">The key.</param>
    /// <param name="proof">96 bytes.</param>
    /// <returns>None where the proof is valid.</returns>
    [SkipLocalsInit]
    public static BlsFault VerifyPossession(in BlsPublicKey publicKey, ReadOnlySpan<byte> proof)
    {
        if (publicKey.IsInfinity)
        {
            return BlsFault.InvalidPublicKey;
        }

        Span<byte> message = stackalloc byte[BlsPublicKey.EncodedLength];
        publicKey.Encode(message);
        return Verify(publicKey, message, PossessionTag, proof);
    }

    /// <summary>Adds signatures up.</summary>
    /// <param name="signatures">One or more signatures, 96 bytes each.</param>
    /// <param name="aggregate">96 bytes, written on success.</param>
    /// <returns><see cref="BlsFault.Length"/> or <see cref="BlsFault.InvalidSignature"/>, else none.</returns>
    [SkipLocalsInit]
    public static BlsFault Aggregate(ReadOnlySpan<byte> signatures, Span<byte> aggregate)
    {
        if (signatures.IsEmpty || signatures.Length % SignatureLength != 0 || aggregate.Length != SignatureLength)
        {
            return BlsFault.Length;
        }

        EnsureLoaded();
        P2 sum = default;
        for (; !signatures.IsEmpty; signatures = signatures[SignatureLength..])
        {
            P2Affine point;
            BlsFault fault = ReadSignature(signatures[..SignatureLength], &point);
            if (fault != BlsFault.None)
            {
                return fault;
            }

            P2AddAffine(&sum, &sum, &point);
        }

        fixed (byte* output = aggregate)
        {
            P2Compress(output, &sum);
        }

        return BlsFault.None;
    }

    /// <summary>Verifies an aggregate of signatures of several keys over the same message. Each key's proof of possession must have been verified.</summary>
    /// <param name="publicKeys">One or more keys.</param>
    /// <param name="message">What all have signed.</param>
    /// <param name="signature">96 bytes.</param>
    /// <returns>None where the signature is valid.</returns>
    [SkipLocalsInit]
    public static BlsFault FastAggregateVerify(ReadOnlySpan<BlsPublicKey> publicKeys, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKeys.IsEmpty)
        {
            return BlsFault.Length;
        }

        EnsureLoaded();
        P1 sum = default;
        fixed (BlsPublicKey* keys = publicKeys)
        {
            for (int i = 0; i < publicKeys.Length; i++)
            {
                if (keys[i].IsInfinity)
                {
                    return BlsFault.InvalidPublicKey;
                }

                P1AddAffine(&sum, &sum, (P1Affine*)(keys + i));
            }
        }

        P1Affine key;
        P1ToAffine(&key, &sum);
        return Verify(new BlsPublicKey(key), message, SignatureTag, signature);
    }

    /// <summary>Verifies an aggregate of signatures of several keys, each over a message of its own. The messages must be distinct, or the keys proven.</summary>
    /// <param name="publicKeys">One or more keys.</param>
    /// <param name="messages">As many messages, all of the same length, one after the other.</param>
    /// <param name="messageLength">Length of one message in bytes, at least 1.</param>
    /// <param name="signature">96 bytes.</param>
    /// <returns>None where the signature is valid.</returns>
    [SkipLocalsInit]
    public static BlsFault AggregateVerify(
        ReadOnlySpan<BlsPublicKey> publicKeys, ReadOnlySpan<byte> messages, int messageLength, ReadOnlySpan<byte> signature)
    {
        if (publicKeys.IsEmpty || messageLength < 1 || messages.Length != (long)publicKeys.Length * messageLength)
        {
            return BlsFault.Length;
        }

        EnsureLoaded();
        P2Affine signed;
        BlsFault fault = ReadSignature(signature, &signed);
        if (fault != BlsFault.None)
        {
            return fault;
        }

        Fp12 product, part;
        fixed (byte* tag = SignatureTag, first = messages)
        fixed (BlsPublicKey* keys = publicKeys)
        {
            for (int i = 0; i < publicKeys.Length; i++)
            {
                if (keys[i].IsInfinity)
                {
                    return BlsFault.InvalidPublicKey;
                }

                P2 hash;
                P2Affine hashed;
                HashToG2(&hash, first + ((nint)i * messageLength), (nuint)messageLength, tag, (nuint)SignatureTag.Length, null, 0);
                P2ToAffine(&hashed, &hash);
                P2Affine* q = &hashed;
                P1Affine* p = (P1Affine*)(keys + i);
                MillerLoop(i == 0 ? &product : &part, &q, &p, 1);
                if (i > 0)
                {
                    Fp12Multiply(&product, &product, &part);
                }
            }
        }

        MillerLoopWithGenerator(&part, &signed);
        return FinalVerify(&part, &product) != 0 ? BlsFault.None : BlsFault.SignatureMismatch;
    }

    [SkipLocalsInit]
    private static BlsFault Sign(ReadOnlySpan<byte> secretKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> tag, Span<byte> signature)
    {
        if (signature.Length != SignatureLength)
        {
            return BlsFault.Length;
        }

        Scalar scalar;
        BlsFault fault = ReadSecretKey(secretKey, &scalar);
        if (fault != BlsFault.None)
        {
            return fault;
        }

        P2 point;
        fixed (byte* bytes = message, tagBytes = tag, output = signature)
        {
            HashToG2(&point, bytes, (nuint)message.Length, tagBytes, (nuint)tag.Length, null, 0);
            Blst.Sign(&point, &point, &scalar);
            P2Compress(output, &point);
        }

        Forget(&scalar);
        return BlsFault.None;
    }

    [SkipLocalsInit]
    private static BlsFault Verify(in BlsPublicKey publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureLength)
        {
            return BlsFault.Length;
        }

        EnsureLoaded();
        P2Affine signed;
        int result;
        fixed (byte* encoded = signature)
        {
            if (P2Uncompress(&signed, encoded) != Success)
            {
                return BlsFault.InvalidSignature;
            }
        }

        fixed (BlsPublicKey* key = &publicKey)
        fixed (byte* bytes = message, tagBytes = tag)
        {
            result = CoreVerify((P1Affine*)key, &signed, 1, bytes, (nuint)message.Length, tagBytes, (nuint)tag.Length, null, 0);
        }

        return result switch
        {
            Success => BlsFault.None,
            PublicKeyIsInfinity => BlsFault.InvalidPublicKey,
            PointNotInGroup => BlsFault.InvalidSignature,
            VerifyFail => BlsFault.SignatureMismatch,
            _ => throw new CryptographicException($"blst reports the unexpected result {result}."),
        };
    }

    private static BlsFault ReadSecretKey(ReadOnlySpan<byte> secretKey, Scalar* scalar)
    {
        if (secretKey.Length != SecretKeyLength)
        {
            return BlsFault.Length;
        }

        EnsureLoaded();
        fixed (byte* bytes = secretKey)
        {
            ScalarFromBigEndian(scalar, bytes);
        }

        return SecretKeyCheck(scalar) != 0 ? BlsFault.None : BlsFault.InvalidSecretKey;
    }

    private static BlsFault ReadSignature(ReadOnlySpan<byte> signature, P2Affine* point)
    {
        if (signature.Length != SignatureLength)
        {
            return BlsFault.Length;
        }

        fixed (byte* bytes = signature)
        {
            return P2Uncompress(point, bytes) == Success && P2InGroup(point) != 0 ? BlsFault.None : BlsFault.InvalidSignature;
        }
    }

    private static void Forget(Scalar* scalar) => CryptographicOperations.ZeroMemory(new Span<byte>(scalar, sizeof(Scalar)));
}
