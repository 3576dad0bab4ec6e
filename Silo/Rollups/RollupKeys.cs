using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Keys;
using Cloud.Storage;

namespace Cloud.Silo.Rollups;

/// <summary>The private keys of a rollup that one operator runs, in a file that only its owner may read.</summary>
/// <remarks>Where there is a password the file is sealed: AES-256-GCM under a random key, which is itself in a keystore of version 3 that the password opens. One derivation opens all keys.</remarks>
public sealed class RollupKeys
{
    private RollupKeys(IL1Signer publisher, IL1Signer keeper, IL1Signer prover, ImmutableArray<byte[]> validators)
    {
        Publisher = publisher;
        Keeper = keeper;
        Prover = prover;
        Validators = validators;
    }

    /// <summary>Name of the file in a rollup's data folder.</summary>
    public const string FileName = "keys.json";

    private const string Keystore = "keystore";
    private const string Sealed = "sealed";
    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <summary>Pays for checkpoints, and for nothing else.</summary>
    public IL1Signer Publisher { get; }

    /// <summary>Pays for committees and invalidations.</summary>
    public IL1Signer Keeper { get; }

    /// <summary>Signs epoch proofs and pays for them.</summary>
    public IL1Signer Prover { get; }

    /// <summary>The validators' private keys, 32 bytes each.</summary>
    public ImmutableArray<byte[]> Validators { get; }

    /// <summary>Reads the keys, or makes new ones and writes them first. Keys that are not sealed yet are sealed when a password is given.</summary>
    /// <param name="file">The file.</param>
    /// <param name="validators">How many validators new keys are for.</param>
    /// <param name="password">What seals them; null or empty for keys that lie open in the file.</param>
    /// <returns>The keys.</returns>
    /// <exception cref="StorageException">The file cannot be read or written, holds no keys, or is sealed with another password.</exception>
    public static RollupKeys LoadOrCreate(string file, int validators, string? password = null)
    {
        try
        {
            JsonNode? found = File.Exists(file) ? JsonNode.Parse(DurableFile.Read(file))! : null;
            if (found?[Keystore] is not null)
            {
                return Read(Open(file, found, password));
            }

            JsonNode keys = found ?? NewKeys(validators);
            RollupKeys read = Read(keys);
            if (found is null || !string.IsNullOrEmpty(password))
            {
                JsonNode kept = string.IsNullOrEmpty(password) ? keys : Seal(keys, password);
                DurableFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(kept), isPrivate: true);
            }

            return read;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or NullReferenceException)
        {
            throw new StorageException(StorageFault.CorruptFile, file, "The file does not hold the keys of a rollup.", "Put the original file back; without it the data folder's chain cannot go on.", exception);
        }
    }

    private static JsonObject NewKeys(int validators) => new()
    {
        ["publisher"] = NewKey(),
        ["keeper"] = NewKey(),
        ["prover"] = NewKey(),
        ["validators"] = new JsonArray([.. Enumerable.Range(0, validators).Select(_ => (JsonNode)NewKey())]),
    };

    private static JsonObject Seal(JsonNode keys, string password)
    {
        string secret = NewKey();
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(keys);
        byte[] box = new byte[NonceLength + content.Length + TagLength];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceLength));
        using AesGcm cipher = new(Hex.Decode(secret), TagLength);
        cipher.Encrypt(box.AsSpan(0, NonceLength), content, box.AsSpan(NonceLength, content.Length), box.AsSpan(NonceLength + content.Length));
        return new JsonObject { [Keystore] = JsonNode.Parse(KeystoreFile.Encrypt(Hex.Decode(secret), password)), [Sealed] = Convert.ToBase64String(box) };
    }

    private static JsonNode Open(string file, JsonNode found, string? password)
    {
        if (string.IsNullOrEmpty(password))
        {
            throw new StorageException(
                StorageFault.AccessDenied, file, "The keys are sealed, and no password is given.", $"Set the variable {KeystoreFile.PasswordVariable}, or name a file that holds the password with --password-file.");
        }

        KeyResult opened = KeystoreFile.Decrypt(found[Keystore]!.ToJsonString(), password, out byte[] secret);
        if (opened is KeyResult.Refused refused)
        {
            throw new StorageException(StorageFault.AccessDenied, file, $"The keys cannot be opened: {refused.Message}.", $"Correct the password ({KeystoreFile.PasswordVariable} or --password-file).");
        }

        byte[] box = Convert.FromBase64String(found[Sealed]!.GetValue<string>());
        byte[] content = new byte[Math.Max(0, box.Length - NonceLength - TagLength)];
        try
        {
            using AesGcm cipher = new(secret, TagLength);
            cipher.Decrypt(box.AsSpan(0, NonceLength), box.AsSpan(NonceLength, content.Length), box.AsSpan(NonceLength + content.Length), content);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new FormatException("The sealed keys are damaged.", exception);
        }

        return JsonNode.Parse(content)!;
    }

    private static RollupKeys Read(JsonNode keys) => new(
        Signer(keys["publisher"]!),
        Signer(keys["keeper"]!),
        Signer(keys["prover"]!),
        [.. keys["validators"]!.AsArray().Select(key => Hex.Decode(key!.GetValue<string>()))]);

    private static IL1Signer Signer(JsonNode key) =>
        LocalSigner.Create(Hex.Decode(key.GetValue<string>())) is KeyResult.Loaded loaded ? loaded.Signer : throw new FormatException("No private key.");

    private static string NewKey()
    {
        byte[] key;
        do
        {
            key = RandomNumberGenerator.GetBytes(Secp256k1.PrivateKeyLength);
        }
        while (!Secp256k1.TryGetAddress(key, out _));
        return Hex.Encode(key);
    }
}
