using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Keys;

/// <summary>Keystore files, version 3 (Web3 secret storage): AES-128-CTR, key derived by scrypt or PBKDF2.</summary>
public static class KeystoreFile
{
    /// <summary>Environment variable with the password, where no file with it is named.</summary>
    public const string PasswordVariable = "PRECONF_KEY_PASSWORD";

    private const int DerivedLength = 32;
    private const int CipherKeyLength = 16;
    private const long MaxScryptMemory = 512L << 20;
    private const int MaxIterations = 10_000_000;
    private const int ScryptN = 1 << 17;
    private const int ScryptR = 8;

    /// <summary>Decrypts a keystore.</summary>
    /// <param name="json">The file's text.</param>
    /// <param name="password">The password, without the line end that password files often have.</param>
    /// <returns>The signer, or why there is none; never a secret in the message.</returns>
    public static KeyResult Decrypt(string json, string password) => Decrypt(json, password, out _);

    /// <summary>The password in a file's text: without the line end that editors add.</summary>
    /// <param name="text">The file's text.</param>
    /// <returns>The password, which may be empty.</returns>
    public static string PasswordIn(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.TrimEnd('\r', '\n');
    }

    /// <summary>Decrypts a keystore whose key is wanted as it is.</summary>
    /// <param name="json">The file's text.</param>
    /// <param name="password">The password, without the line end that password files often have.</param>
    /// <param name="key">The 32 bytes; empty where they were refused.</param>
    /// <returns>The signer, or why there is none; never a secret in the message.</returns>
    public static KeyResult Decrypt(string json, string password, out byte[] key)
    {
        key = [];
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(password);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (Get(root, "version").GetInt32() != 3)
            {
                return new KeyResult.Refused("the keystore is not of version 3; export it again, for instance with geth or cast");
            }

            JsonElement crypto = root.TryGetProperty("crypto", out JsonElement lower) ? lower : Get(root, "Crypto");
            string cipher = Get(crypto, "cipher").GetString()!;
            if (cipher != "aes-128-ctr")
            {
                return new KeyResult.Refused($"the keystore's cipher is {cipher}, only aes-128-ctr is known");
            }

            byte[] ciphertext = Bytes(crypto, "ciphertext");
            byte[] iv = Bytes(Get(crypto, "cipherparams"), "iv");
            if (iv.Length != CipherKeyLength || ciphertext.Length != Secp256k1.PrivateKeyLength)
            {
                return new KeyResult.Refused("the keystore holds no 32-byte key with a 16-byte iv");
            }

            if (Derive(crypto, Encoding.UTF8.GetBytes(password), out byte[] derived) is { } refusal)
            {
                return refusal;
            }

            Hash256 mac = Keccak256.HashPair(derived.AsSpan(CipherKeyLength, DerivedLength - CipherKeyLength), ciphertext);
            if (!CryptographicOperations.FixedTimeEquals(Hash256.AsSpan(in mac), Bytes(crypto, "mac")))
            {
                return new KeyResult.Refused("the password does not open the keystore, or the file is damaged");
            }

            CipherInPlace(derived.AsSpan(0, CipherKeyLength), iv, ciphertext);
            key = ciphertext;
            return LocalSigner.Create(ciphertext);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            return new KeyResult.Refused($"the file is no keystore of version 3: {exception.Message}");
        }
    }

    /// <summary>Encrypts a key, with scrypt at a cost of 128 MiB.</summary>
    /// <param name="key">32 bytes that <see cref="LocalSigner.Create"/> accepts.</param>
    /// <param name="password">The password; not empty.</param>
    /// <returns>The file's text.</returns>
    /// <exception cref="ArgumentException">The bytes are no private key, or the password is empty.</exception>
    public static string Encrypt(ReadOnlySpan<byte> key, string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(password);
        if (LocalSigner.Create(key) is not KeyResult.Loaded { Signer.Address: var address })
        {
            throw new ArgumentException("The bytes are no private key.", nameof(key));
        }

        byte[] salt = RandomNumberGenerator.GetBytes(DerivedLength);
        byte[] iv = RandomNumberGenerator.GetBytes(CipherKeyLength);
        byte[] derived = Scrypt.Derive(Encoding.UTF8.GetBytes(password), salt, ScryptN, ScryptR, 1, DerivedLength);
        byte[] ciphertext = key.ToArray();
        CipherInPlace(derived.AsSpan(0, CipherKeyLength), iv, ciphertext);
        Hash256 mac = Keccak256.HashPair(derived.AsSpan(CipherKeyLength, DerivedLength - CipherKeyLength), ciphertext);
        JsonObject file = new()
        {
            ["version"] = 3,
            ["id"] = new Guid(RandomNumberGenerator.GetBytes(16)).ToString(),
            ["address"] = Plain(address.ToArray()),
            ["crypto"] = new JsonObject
            {
                ["cipher"] = "aes-128-ctr",
                ["cipherparams"] = new JsonObject { ["iv"] = Plain(iv) },
                ["ciphertext"] = Plain(ciphertext),
                ["kdf"] = "scrypt",
                ["kdfparams"] = new JsonObject { ["dklen"] = DerivedLength, ["n"] = ScryptN, ["r"] = ScryptR, ["p"] = 1, ["salt"] = Plain(salt) },
                ["mac"] = Plain(Hash256.AsSpan(in mac)),
            },
        };
        return file.ToJsonString();
    }

    /// <summary>The address that a keystore says it is for. Only <see cref="Decrypt(string, string)"/> tells whether that is true.</summary>
    /// <param name="json">The file's text.</param>
    /// <returns>The address; null where the text is no keystore of version 3, or names none.</returns>
    public static Address? AddressOf(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            return Get(root, "version").GetInt32() == 3 && Hex.TryDecode(Get(root, "address").GetString(), out byte[] address) && address.Length == Address.Length
                ? new Address(address)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string Plain(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static KeyResult.Refused? Derive(JsonElement crypto, byte[] password, out byte[] derived)
    {
        derived = [];
        JsonElement parameters = Get(crypto, "kdfparams");
        byte[] salt = Bytes(parameters, "salt");
        if (Get(parameters, "dklen").GetInt32() != DerivedLength)
        {
            return new KeyResult.Refused("the keystore derives a key of another length than 32 bytes");
        }

        string function = Get(crypto, "kdf").GetString()!;
        switch (function)
        {
            case "pbkdf2":
                int iterations = Get(parameters, "c").GetInt32();
                if (Get(parameters, "prf").GetString() != "hmac-sha256" || iterations is < 1 or > MaxIterations)
                {
                    return new KeyResult.Refused($"the keystore's PBKDF2 is not with hmac-sha256 and 1 to {MaxIterations} rounds");
                }

                derived = Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, DerivedLength);
                return null;
            case "scrypt":
                (int n, int r, int p) = (Get(parameters, "n").GetInt32(), Get(parameters, "r").GetInt32(), Get(parameters, "p").GetInt32());
                if (n < 2 || (n & (n - 1)) != 0 || r is < 1 or > 64 || p is < 1 or > 64 || 128L * n * r > MaxScryptMemory)
                {
                    return new KeyResult.Refused($"the keystore's scrypt parameters are out of range: n a power of two, r and p 1 to 64, at most {MaxScryptMemory >> 20} MiB");
                }

                derived = Scrypt.Derive(password, salt, n, r, p, DerivedLength);
                return null;
            default:
                return new KeyResult.Refused($"the keystore's key derivation is {function}, only scrypt and pbkdf2 are known");
        }
    }

    private static void CipherInPlace(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, Span<byte> data)
    {
        using Aes aes = Aes.Create();
        aes.Key = key.ToArray();
        Span<byte> pad = stackalloc byte[CipherKeyLength];
        UInt128 counter = BinaryPrimitives.ReadUInt128BigEndian(iv);
        Span<byte> block = stackalloc byte[CipherKeyLength];
        for (int offset = 0; offset < data.Length; offset += CipherKeyLength, counter++)
        {
            BinaryPrimitives.WriteUInt128BigEndian(block, counter);
            aes.EncryptEcb(block, pad, PaddingMode.None);
            for (int i = 0; i < CipherKeyLength && offset + i < data.Length; i++)
            {
                data[offset + i] ^= pad[i];
            }
        }
    }

    private static JsonElement Get(JsonElement container, string name) =>
        container.ValueKind == JsonValueKind.Object && container.TryGetProperty(name, out JsonElement value) ? value : throw new FormatException($"the field {name} is missing");

    private static byte[] Bytes(JsonElement container, string name) => Hex.Decode(Get(container, name).GetString() ?? throw new FormatException($"the field {name} is null"));
}
