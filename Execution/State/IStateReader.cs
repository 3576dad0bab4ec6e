using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>One immutable view of the world state: what the EVM runs on. Safe for use by several threads at once.</summary>
public interface IStateReader
{
    /// <summary>Reads an account.</summary>
    /// <param name="address">Which account.</param>
    /// <param name="account">The account, or the default where there is none.</param>
    /// <returns>False where the account does not exist.</returns>
    bool TryGetAccount(in Address address, out Account account);

    /// <summary>Reads a storage slot.</summary>
    /// <param name="address">Whose storage.</param>
    /// <param name="key">The slot, before hashing.</param>
    /// <returns>The value; zero where nothing is stored.</returns>
    UInt256 GetStorage(in Address address, in UInt256 key);

    /// <summary>Whether the account has any storage: a contract may not be created over it (EIP-7610).</summary>
    /// <param name="address">Whose storage.</param>
    /// <returns>True where at least one slot is not zero.</returns>
    bool HasStorage(in Address address);

    /// <summary>Reads code by its hash.</summary>
    /// <param name="codeHash">Keccak-256 of the code.</param>
    /// <returns>The code; empty for the hash of the empty string.</returns>
    ReadOnlyMemory<byte> GetCode(in Hash256 codeHash);
}
