using System.Globalization;
using System.Text;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Testing;

/// <summary>An account whose private key everybody knows, with money on a chain for tests.</summary>
/// <param name="Address">Its address.</param>
/// <param name="PrivateKey">Its key in hex, with 0x.</param>
public sealed record TestAccount(Address Address, string PrivateKey)
{
    // The first ten of the phrase "test test test test test test test test test test test junk", which wallets and tools know.
    private static readonly string[] WellKnown =
    [
        "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
        "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
        "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
        "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
        "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
        "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
        "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
        "0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356",
        "0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97",
        "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
    ];

    /// <summary>An account by its number; the first ten are those that wallets and development tools know.</summary>
    /// <param name="number">From 0.</param>
    /// <returns>Always the same for a number.</returns>
    public static TestAccount Of(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        string key = number < WellKnown.Length
            ? WellKnown[number]
            : Hex.Encode(Keccak256.Hash(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"preconf cloud test account {number}"))).ToArray());
        return Secp256k1.TryGetAddress(Hex.Decode(key), out Address address) ? new TestAccount(address, key) : throw new InvalidOperationException($"Account {number} has no address.");
    }

    /// <summary>Signs a transaction.</summary>
    /// <param name="fields">What it says.</param>
    /// <returns>The transaction.</returns>
    public Transaction Sign(TransactionFields fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        return fields.Sign(Hex.Decode(PrivateKey));
    }
}
