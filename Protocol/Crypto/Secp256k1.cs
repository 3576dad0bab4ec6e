using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Crypto;

/// <summary>ECDSA over secp256k1 through libsecp256k1. Thread-safe; no call allocates.</summary>
/// <remarks>The first call loads the library and throws <see cref="NativeLibraryMissingException"/> where that fails.</remarks>
public static unsafe partial class Secp256k1
{
    /// <summary>Length of a private key in bytes.</summary>
    public const int PrivateKeyLength = 32;

    /// <summary>Length of a public key x || y in bytes, without the leading 0x04.</summary>
    public const int PublicKeyLength = 64;

    private const uint ContextSignAndVerify = 0x301;
    private const uint Uncompressed = 2;

    private static readonly Lock Gate = new();
    private static nint s_context;

    /// <summary>The group order n (SEC 2, section 2.4.1).</summary>
    public static UInt256 Order { get; } = new(0xBFD25E8CD0364141, 0xBAAEDCE6AF48A03B, 0xFFFFFFFFFFFFFFFE, 0xFFFFFFFFFFFFFFFF);

    /// <summary>The largest low s: (n - 1) / 2 (EIP-2).</summary>
    public static UInt256 HalfOrder { get; } = new(0xDFE92F46681B20A0, 0x5D576E7357A4501D, 0xFFFFFFFFFFFFFFFF, 0x7FFFFFFFFFFFFFFF);

    // Written once, after the context is complete; afterwards only read, which the library allows from many threads.
    private static nint Context
    {
        get
        {
            nint context = Volatile.Read(ref s_context);
            return context != 0 ? context : CreateContext();
        }
    }

    /// <summary>Loads the library now, so that a machine that lacks it is told at start.</summary>
    /// <exception cref="NativeLibraryMissingException">The library cannot be loaded.</exception>
    public static void EnsureLoaded() => _ = Context;

    /// <summary>Recovers the address that signed a digest. Refuses a signature that is not well-formed, high s included.</summary>
    /// <param name="digest">What was signed.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="signer">The signer, or zero where the result is false.</param>
    /// <returns>False where the signature is refused or no key fits.</returns>
    public static bool TryRecover(in Hash256 digest, in Signature signature, out Address signer)
    {
        signer = default;
        return signature.Check() == SignatureFault.None && TryRecoverAllowingHighS(digest, signature, out signer);
    }

    /// <summary>Recovers as the ECRECOVER precompile does: high s is allowed (Yellow Paper, appendix E).</summary>
    /// <param name="digest">What was signed.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="signer">The signer, or zero where the result is false.</param>
    /// <returns>False where r, s or the parity is out of range, or no key fits.</returns>
    public static bool TryRecoverAllowingHighS(in Hash256 digest, in Signature signature, out Address signer)
    {
        Span<byte> publicKey = stackalloc byte[PublicKeyLength];
        if (!TryRecoverPublicKey(digest, signature, publicKey))
        {
            signer = default;
            return false;
        }

        signer = ToAddress(publicKey);
        return true;
    }

    /// <summary>Recovers the public key that signed a digest. High s is allowed; <see cref="Signature.Check"/> tells it.</summary>
    /// <param name="digest">What was signed.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="publicKey">At least 64 bytes for x || y; not written where the result is false.</param>
    /// <returns>False where r, s or the parity is out of range, or no key fits.</returns>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    [SkipLocalsInit]
    public static bool TryRecoverPublicKey(in Hash256 digest, in Signature signature, Span<byte> publicKey)
    {
        RequirePublicKeyRoom(publicKey);
        if (signature.CheckRange() != SignatureFault.None)
        {
            return false;
        }

        nint context = Context;
        byte* compact = stackalloc byte[64];
        signature.R.WriteBigEndian(new Span<byte>(compact, 32));
        signature.S.WriteBigEndian(new Span<byte>(compact + 32, 32));
        byte* parsed = stackalloc byte[65];
        byte* key = stackalloc byte[64];
        if (ParseRecoverable(context, parsed, compact, signature.YParity) == 0)
        {
            return false;
        }

        fixed (Hash256* message = &digest)
        {
            return Recover(context, key, parsed, (byte*)message) != 0 && Serialize(context, key, publicKey);
        }
    }

    /// <summary>Signs a digest: deterministic (RFC 6979), low s (EIP-2).</summary>
    /// <param name="privateKey">32 bytes, a number from 1 to n - 1.</param>
    /// <param name="digest">What to sign.</param>
    /// <returns>The signature.</returns>
    /// <exception cref="ArgumentException">The private key has another length or is out of range.</exception>
    [SkipLocalsInit]
    public static Signature Sign(ReadOnlySpan<byte> privateKey, in Hash256 digest)
    {
        RequirePrivateKeyLength(privateKey);
        nint context = Context;
        byte* signature = stackalloc byte[65];
        byte* compact = stackalloc byte[64];
        int recoveryId;
        fixed (byte* secret = privateKey)
        fixed (Hash256* message = &digest)
        {
            if (SignRecoverable(context, signature, (byte*)message, secret, 0, 0) == 0)
            {
                throw new ArgumentException("The private key is zero or not below the group order.", nameof(privateKey));
            }
        }

        _ = SerializeRecoverable(context, compact, &recoveryId, signature);
        if (recoveryId > 1)
        {
            // r is then not below the order: a chance of about 2^-127, and Ethereum has no encoding for it.
            throw new CryptographicException("The signature's nonce has no encoding with a y parity alone.");
        }

        return new Signature(
            UInt256.FromBigEndian(new ReadOnlySpan<byte>(compact, 32)), UInt256.FromBigEndian(new ReadOnlySpan<byte>(compact + 32, 32)), (byte)recoveryId);
    }

    /// <summary>The public key of a private key.</summary>
    /// <param name="privateKey">32 bytes.</param>
    /// <param name="publicKey">At least 64 bytes for x || y; not written where the result is false.</param>
    /// <returns>False where the private key has another length, is zero or is not below the group order.</returns>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    [SkipLocalsInit]
    public static bool TryGetPublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        RequirePublicKeyRoom(publicKey);
        if (privateKey.Length != PrivateKeyLength)
        {
            return false;
        }

        nint context = Context;
        byte* key = stackalloc byte[64];
        fixed (byte* secret = privateKey)
        {
            return CreatePublicKey(context, key, secret) != 0 && Serialize(context, key, publicKey);
        }
    }

    /// <summary>The address of a private key.</summary>
    /// <param name="privateKey">32 bytes.</param>
    /// <param name="address">The address, or zero where the result is false.</param>
    /// <returns>False where the private key has another length, is zero or is not below the group order.</returns>
    public static bool TryGetAddress(ReadOnlySpan<byte> privateKey, out Address address)
    {
        Span<byte> publicKey = stackalloc byte[PublicKeyLength];
        if (!TryGetPublicKey(privateKey, publicKey))
        {
            address = default;
            return false;
        }

        address = ToAddress(publicKey);
        return true;
    }

    /// <summary>The address of a public key: the last 20 bytes of its Keccak-256.</summary>
    /// <param name="publicKey">64 bytes x || y. Not checked to be on the curve.</param>
    /// <returns>The address.</returns>
    /// <exception cref="ArgumentException">Not 64 bytes.</exception>
    public static Address ToAddress(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != PublicKeyLength)
        {
            throw new ArgumentException($"A public key has {PublicKeyLength} bytes, got {publicKey.Length}.", nameof(publicKey));
        }

        Span<byte> hash = stackalloc byte[Keccak256.DigestLength];
        Keccak256.Hash(publicKey, hash);
        return new Address(hash[12..]);
    }

    private static void RequirePublicKeyRoom(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length < PublicKeyLength)
        {
            throw new ArgumentException($"A public key needs {PublicKeyLength} bytes, got {publicKey.Length}.", nameof(publicKey));
        }
    }

    private static void RequirePrivateKeyLength(ReadOnlySpan<byte> privateKey)
    {
        if (privateKey.Length != PrivateKeyLength)
        {
            throw new ArgumentException($"A private key has {PrivateKeyLength} bytes, got {privateKey.Length}.", nameof(privateKey));
        }
    }

    [SkipLocalsInit]
    private static bool Serialize(nint context, byte* key, Span<byte> publicKey)
    {
        byte* serialized = stackalloc byte[65];
        nuint length = 65;
        if (SerializePublicKey(context, serialized, &length, key, Uncompressed) == 0)
        {
            return false;
        }

        new ReadOnlySpan<byte>(serialized + 1, PublicKeyLength).CopyTo(publicKey);
        return true;
    }

    private static nint CreateContext()
    {
        lock (Gate)
        {
            if (s_context == 0)
            {
                NativeLibraries.Register();
                nint context = ContextCreate(ContextSignAndVerify);
                byte* seed = stackalloc byte[32];
                RandomNumberGenerator.Fill(new Span<byte>(seed, 32));
                if (context == 0 || ContextRandomize(context, seed) == 0)
                {
                    throw new CryptographicException("libsecp256k1 did not create a context.");
                }

                CryptographicOperations.ZeroMemory(new Span<byte>(seed, 32));
                Volatile.Write(ref s_context, context);
            }

            return s_context;
        }
    }

    [LibraryImport(NativeLibraries.Secp256k1Name, EntryPoint = "secp256k1_context_create")]
    private static partial nint ContextCreate(uint flags);

    [LibraryImport(NativeLibraries.Secp256k1Name, EntryPoint = "secp256k1_context_randomize")]
    private static partial int ContextRandomize(nint context, byte* seed32);

    [LibraryImport(NativeLibraries.Secp256k1Name, EntryPoint = "secp256k1_ecdsa_recoverable_signature_parse_compact")]
    private static partial int ParseRecoverable(nint context, byte* signature, byte* input64, int recoveryId);

    [LibraryImport(NativeLibraries.Secp256k1Name, EntryPoint = "secp256k1_ecdsa_recoverable_signature_serialize_compact")]
    private static partial int SerializeRecoverable(nint context, byte* output64, int* recoveryId, byte* signature);

    [LibraryImport(NativeLibraries.Secp256k1Name, EntryPoint = "secp256k1_ecdsa_recover")]
    private static partial int Recover(nint context, byte* publicKey, byte* signature, byte* digest32);

    [LibraryImport(NativeLibraries.Secp256k1Name, EntryPoint = "secp256k1_ecdsa_sign_recoverable")]
    private static partial int SignRecoverable(nint context, byte* signature, byte* digest32, byte* privateKey, nint nonceFunction, nint nonceData);

    [LibraryImport(NativeLibraries.Secp256k1Name, EntryPoint = "secp256k1_ec_pubkey_create")]
    private static partial int CreatePublicKey(nint context, byte* publicKey, byte* privateKey);

    [LibraryImport(NativeLibraries.Secp256k1Name, EntryPoint = "secp256k1_ec_pubkey_serialize")]
    private static partial int SerializePublicKey(nint context, byte* output, nuint* outputLength, byte* publicKey, uint flags);
}
