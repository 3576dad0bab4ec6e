using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cloud.Storage;

namespace Cloud.Gateway.Keys;

/// <summary>The API keys, in memory and in a file that only this process writes. Safe for several threads.</summary>
internal sealed class ApiKeyStore
{
    private const string Prefix = "pck_";
    private const int SecretBytes = 32;
    private const int MaxShownLength = 256;

    private readonly Lock _gate = new();
    private readonly string? _file;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, ApiKey> _byHash = new(StringComparer.Ordinal);

    /// <summary>Opens the store.</summary>
    /// <param name="file">The file; null to keep keys in memory only.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="InvalidDataException">The file is not what this class writes.</exception>
    public ApiKeyStore(string? file, TimeProvider time)
    {
        _file = file;
        _time = time;
        if (file is not null && File.Exists(file))
        {
            try
            {
                ApiKey[] keys = JsonSerializer.Deserialize(File.ReadAllBytes(file), KeysJson.Default.ApiKeyArray) ?? [];
                foreach (ApiKey key in keys)
                {
                    _byHash[key.Hash] = key;
                }
            }
            catch (JsonException exception)
            {
                throw new InvalidDataException($"{file} holds no API keys: {exception.Message}", exception);
            }
        }
    }

    /// <summary>All keys, in the order of their names.</summary>
    public IReadOnlyList<ApiKey> All => [.. _byHash.Values.OrderBy(key => key.Id, StringComparer.Ordinal)];

    /// <summary>Finds the key that a client shows.</summary>
    /// <param name="shown">What it shows.</param>
    /// <returns>The key; null where there is none or it has expired.</returns>
    public ApiKey? Find(string shown)
    {
        if (shown.Length > MaxShownLength || !_byHash.TryGetValue(HashOf(shown), out ApiKey? key))
        {
            return null;
        }

        return key.ExpiresAt is { } end && end <= _time.GetUtcNow() ? null : key;
    }

    /// <summary>Makes a key.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="scopes">What it allows.</param>
    /// <param name="rate">Its own rate; null for that of addresses.</param>
    /// <param name="expiresAt">Until when; null for ever.</param>
    /// <param name="quota">What may be used up with it; null for no bound.</param>
    /// <returns>The secret, which is told this once; null where the name is taken.</returns>
    public string? TryCreate(string id, ApiScope scopes, Limits.RateLimit? rate, DateTimeOffset? expiresAt, KeyQuota? quota = null)
    {
        string secret = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        return TryAdd(new ApiKey(id, HashOf(secret), scopes, rate, expiresAt, quota)) ? secret : null;
    }

    /// <summary>Takes a key whose secret the caller chose, as the configuration's operator key is.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="secret">The secret.</param>
    /// <param name="scopes">What it allows.</param>
    public void AddConfigured(string id, string secret, ApiScope scopes) => _byHash[HashOf(secret)] = new ApiKey(id, HashOf(secret), scopes, null, null);

    /// <summary>Takes a key away.</summary>
    /// <param name="id">Its name.</param>
    /// <returns>False where there is none.</returns>
    public bool Remove(string id)
    {
        lock (_gate)
        {
            ApiKey? key = _byHash.Values.FirstOrDefault(known => known.Id == id);
            if (key is null)
            {
                return false;
            }

            _byHash.TryRemove(key.Hash, out _);
            Save();
            return true;
        }
    }

    private static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private bool TryAdd(ApiKey key)
    {
        lock (_gate)
        {
            if (_byHash.Values.Any(known => known.Id == key.Id))
            {
                return false;
            }

            _byHash[key.Hash] = key;
            Save();
            return true;
        }
    }

    private void Save()
    {
        if (_file is not null)
        {
            DurableFile.Write(_file, JsonSerializer.SerializeToUtf8Bytes([.. All], KeysJson.Default.ApiKeyArray), isPrivate: true);
        }
    }
}
