using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>What one or more executed transactions change in the world state: the input of a new layer and of the root.</summary>
/// <remarks>Later changes to the same account or slot replace earlier ones. Not safe for use by several threads while it is filled.</remarks>
public sealed class StateChanges
{
    /// <summary>Changed accounts by address, each with its last state.</summary>
    public Dictionary<Address, AccountChange> Accounts { get; } = [];

    /// <summary>Code that was created, by its hash.</summary>
    public Dictionary<Hash256, ReadOnlyMemory<byte>> Code { get; } = [];

    /// <summary>The change record of an account, made where there is none.</summary>
    /// <param name="address">Which account.</param>
    /// <returns>The record to fill.</returns>
    public AccountChange For(in Address address)
    {
        ref AccountChange? change = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(Accounts, address, out _);
        return change ??= new AccountChange();
    }
}
