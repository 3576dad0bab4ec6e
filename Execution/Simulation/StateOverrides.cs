using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Simulation;

/// <summary>Turns state overrides into changes of a state: to read through with <see cref="OverlaidState"/>, or to extend a layer with where a root is wanted.</summary>
public static class StateOverrides
{
    /// <summary>The changes that the overrides make.</summary>
    /// <param name="state">The state that they are put on.</param>
    /// <param name="overrides">The overrides by account.</param>
    /// <returns>The changes. An account that does not exist exists after them, even an empty one.</returns>
    /// <exception cref="ArgumentException">An override has both <see cref="StateOverride.State"/> and <see cref="StateOverride.StateDiff"/>.</exception>
    public static StateChanges ToChanges(IStateReader state, IEnumerable<KeyValuePair<Address, StateOverride>> overrides)
    {
        StateChanges changes = new();
        foreach ((Address address, StateOverride wanted) in overrides)
        {
            if (wanted is { State: not null, StateDiff: not null })
            {
                throw new ArgumentException($"account {address} has both 'state' and 'stateDiff'", nameof(overrides));
            }

            if (!state.TryGetAccount(in address, out Account account))
            {
                account = new Account(0, UInt256.Zero, Keccak256.OfEmpty);
            }

            Hash256 codeHash = account.CodeHash;
            if (wanted.Code is { } code)
            {
                codeHash = code.IsEmpty ? Keccak256.OfEmpty : Keccak256.Hash(code.Span);
                changes.Code[codeHash] = code.Memory;
            }

            AccountChange change = changes.For(in address);
            change.After = new Account(wanted.Nonce ?? account.Nonce, wanted.Balance ?? account.Balance, codeHash);
            change.StorageCleared = wanted.State is not null;
            if ((wanted.State ?? wanted.StateDiff) is { } slots)
            {
                change.Storage = new Dictionary<UInt256, UInt256>(slots);
            }
        }

        return changes;
    }
}
