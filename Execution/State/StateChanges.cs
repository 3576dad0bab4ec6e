using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>What one or more executed transactions change in the world state: the input of a new layer and of the root.</summary>
/// <remarks>Later changes to the same account or slot replace earlier ones. Not safe for use by several threads while it is filled.</remarks>
public sealed class StateChanges
{
    /// <summary>No changes yet.</summary>
    public StateChanges()
        : this(0)
    {
    }

    /// <summary>No changes yet, with room for some.</summary>
    /// <param name="capacity">How many accounts to expect.</param>
    internal StateChanges(int capacity) => Accounts = new Dictionary<Address, AccountChange>(capacity);

    /// <summary>Changed accounts by address, each with its last state.</summary>
    public Dictionary<Address, AccountChange> Accounts { get; }

    /// <summary>Code that was created, by its hash.</summary>
    public Dictionary<Hash256, ReadOnlyMemory<byte>> Code { get; } = [];

    /// <summary>Puts later changes on top of these.</summary>
    /// <param name="later">What changed afterwards. It stays as it is.</param>
    public void Append(StateChanges later)
    {
        ArgumentNullException.ThrowIfNull(later);
        foreach (KeyValuePair<Address, AccountChange> change in later.Accounts)
        {
            Append(change.Key, change.Value);
        }

        foreach (KeyValuePair<Hash256, ReadOnlyMemory<byte>> code in later.Code)
        {
            Code[code.Key] = code.Value;
        }
    }

    /// <summary>Puts a later change of one account on top of these.</summary>
    /// <param name="address">Which account.</param>
    /// <param name="change">What changed afterwards.</param>
    public void Append(in Address address, AccountChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        For(in address).Append(change);
    }

    /// <summary>Puts later changes on top of these, which are then not to be changed by <see cref="For"/> any more.</summary>
    /// <param name="later">What changed afterwards. Nobody may write to it any more: most of its records become part of these changes.</param>
    internal void AppendShared(StateChanges later)
    {
        foreach (KeyValuePair<Address, AccountChange> change in later.Accounts)
        {
            ref AccountChange? merged = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(Accounts, change.Key, out bool exists);
            merged = exists ? AccountChange.Join(merged!, change.Value) : change.Value;
        }

        foreach (KeyValuePair<Hash256, ReadOnlyMemory<byte>> code in later.Code)
        {
            Code[code.Key] = code.Value;
        }
    }

    /// <summary>The change record of an account, made where there is none.</summary>
    /// <param name="address">Which account.</param>
    /// <returns>The record to fill.</returns>
    public AccountChange For(in Address address)
    {
        ref AccountChange? change = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(Accounts, address, out _);
        return change ??= new AccountChange();
    }
}
