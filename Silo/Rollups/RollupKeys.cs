using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Keys;
using Cloud.Storage;

namespace Cloud.Silo.Rollups;

/// <summary>The private keys of a rollup that one process runs alone, in a file that only its owner may read. A committee of several operators has keystores instead.</summary>
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

    /// <summary>Pays for checkpoints, and for nothing else.</summary>
    public IL1Signer Publisher { get; }

    /// <summary>Pays for committees and invalidations.</summary>
    public IL1Signer Keeper { get; }

    /// <summary>Signs epoch proofs and pays for them.</summary>
    public IL1Signer Prover { get; }

    /// <summary>The validators' private keys, 32 bytes each.</summary>
    public ImmutableArray<byte[]> Validators { get; }

    /// <summary>Reads the keys, or makes new ones and writes them first.</summary>
    /// <param name="file">The file.</param>
    /// <param name="validators">How many validators new keys are for.</param>
    /// <returns>The keys.</returns>
    /// <exception cref="StorageException">The file cannot be read or written, or holds no keys.</exception>
    public static RollupKeys LoadOrCreate(string file, int validators)
    {
        try
        {
            if (!File.Exists(file))
            {
                Write(file, validators);
            }

            return Read(JsonNode.Parse(DurableFile.Read(file))!);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or NullReferenceException)
        {
            throw new StorageException(StorageFault.CorruptFile, file, "The file does not hold the keys of a rollup.", "Put the original file back; without it the data folder's chain cannot go on.", exception);
        }
    }

    private static void Write(string file, int validators)
    {
        JsonObject keys = new()
        {
            ["publisher"] = NewKey(),
            ["keeper"] = NewKey(),
            ["prover"] = NewKey(),
            ["validators"] = new JsonArray([.. Enumerable.Range(0, validators).Select(_ => (JsonNode)NewKey())]),
        };
        DurableFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(keys), isPrivate: true);
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
