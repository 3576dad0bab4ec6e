using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Simulation;

/// <summary>A state with some changes on top, without a root and without a place in the world state: what simulations run on. Safe for use by several threads while nobody writes to the changes.</summary>
/// <param name="ground">The state below, of any kind: a layer, a snapshot of the history, another overlay.</param>
/// <param name="changes">What is different.</param>
public sealed class OverlaidState(IStateReader ground, StateChanges changes) : IStateReader
{
    /// <inheritdoc/>
    public bool TryGetAccount(in Address address, out Account account)
    {
        if (changes.Accounts.TryGetValue(address, out AccountChange? change))
        {
            account = change.After.GetValueOrDefault();
            return change.After is not null;
        }

        return ground.TryGetAccount(in address, out account);
    }

    /// <inheritdoc/>
    public UInt256 GetStorage(in Address address, in UInt256 key)
    {
        if (changes.Accounts.TryGetValue(address, out AccountChange? change))
        {
            if (change.Storage is { } storage && storage.TryGetValue(key, out UInt256 value))
            {
                return value;
            }

            if (change.StorageCleared || change.After is null)
            {
                return UInt256.Zero;
            }
        }

        return ground.GetStorage(in address, in key);
    }

    /// <summary>Whether the account has any storage. Where the changes only delete slots, those below count as if one were left.</summary>
    /// <inheritdoc/>
    public bool HasStorage(in Address address)
    {
        if (changes.Accounts.TryGetValue(address, out AccountChange? change))
        {
            if (change.Storage is { } storage)
            {
                foreach (KeyValuePair<UInt256, UInt256> slot in storage)
                {
                    if (!slot.Value.IsZero)
                    {
                        return true;
                    }
                }
            }

            if (change.StorageCleared || change.After is null)
            {
                return false;
            }
        }

        return ground.HasStorage(in address);
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash) =>
        codeHash == Keccak256.OfEmpty ? default
        : changes.Code.TryGetValue(codeHash, out ReadOnlyMemory<byte> code) ? code
        : ground.GetCode(in codeHash);
}
