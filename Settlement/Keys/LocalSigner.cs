using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Keys;

/// <summary>A key in this process's memory.</summary>
public sealed class LocalSigner : IL1Signer
{
    private readonly byte[] _key;

    private LocalSigner(byte[] key, Address address)
    {
        _key = key;
        Address = address;
    }

    /// <inheritdoc/>
    public Address Address { get; }

    /// <summary>Takes a key.</summary>
    /// <param name="key">32 bytes; copied.</param>
    /// <returns>The signer, or a refusal where the bytes are no private key.</returns>
    public static KeyResult Create(ReadOnlySpan<byte> key) =>
        key.Length == Secp256k1.PrivateKeyLength && Secp256k1.TryGetAddress(key, out Address address)
            ? new KeyResult.Loaded(new LocalSigner(key.ToArray(), address))
            : new KeyResult.Refused("a private key is 32 bytes, above zero and below the group order");

    /// <summary>Takes a key from an environment variable.</summary>
    /// <param name="variable">Name of the variable; its value is the key in hex.</param>
    /// <param name="read">Reads a variable, <see cref="Environment.GetEnvironmentVariable(string)"/> in a program.</param>
    /// <returns>The signer, or why there is none; the value is never in the message.</returns>
    public static KeyResult FromEnvironment(string variable, Func<string, string?> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        string? text = read(variable);
        if (string.IsNullOrWhiteSpace(text))
        {
            return new KeyResult.Refused($"the environment variable {variable} is not set; set it to the private key in hex, or use a keystore file");
        }

        return !Hex.TryDecode(text.AsSpan().Trim(), out byte[] key) || Create(key) is not KeyResult.Loaded loaded
            ? new KeyResult.Refused($"the environment variable {variable} holds no private key: 64 hex digits are expected")
            : loaded;
    }

    /// <inheritdoc/>
    public Task<SigningOutcome> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default) =>
        Task.FromResult<SigningOutcome>(new SigningOutcome.Signed(Secp256k1.Sign(_key, Keccak256.Hash(message.Span))));
}
