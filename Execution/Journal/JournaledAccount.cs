using Cloud.Execution.Evm;
using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Journal;

/// <summary>An account that the fork has met, with its state now. Only <see cref="JournaledState"/> changes it.</summary>
internal sealed class JournaledAccount
{
    public Address Address;
    public ulong Nonce;
    public UInt256 Balance;
    public Hash256 CodeHash;
    public bool Exists;

    /// <summary>The transaction in which the account is warm (EIP-2929).</summary>
    public int WarmTransaction;

    /// <summary>The transaction that created the contract: only there SELFDESTRUCT deletes it (EIP-6780).</summary>
    public int CreatedTransaction;

    /// <summary>The transaction that deletes the account at its end.</summary>
    public int DestructTransaction;

    /// <summary>Whether the parent state holds nothing that is still visible.</summary>
    public bool IsStorageFresh;

    public StorageTable Slots = new();

    /// <summary>Transient storage of the running transaction (EIP-1153); null until it is used.</summary>
    public StorageTable? Transient;

    public bool IsTransientUsed;

    /// <summary>Whether the account stands in the list of dirty accounts.</summary>
    public bool IsDirty;

    /// <summary>Whether everything stored before changes were last taken is gone.</summary>
    public bool IsStorageCleared;

    public readonly List<int> DirtySlots = [];

    // The account when changes were last taken.
    public Account Taken;
    public bool TakenExists;

    /// <summary>The code, once it was asked for.</summary>
    public ReadOnlyMemory<byte>? Code;

    /// <summary>The compiled code, once it ran.</summary>
    public CompiledCode? Compiled;

    public bool HasCode => CodeHash != Keccak256.OfEmpty;

    /// <summary>Whether nonce, balance and code are all empty (EIP-161).</summary>
    public bool IsEmpty => Nonce == 0 && Balance.IsZero && !HasCode;

    public void Load(in Address address, bool exists, in Account account)
    {
        Address = address;
        Exists = TakenExists = exists;
        Taken = exists ? account : new Account(0, default, Keccak256.OfEmpty);
        Nonce = Taken.Nonce;
        Balance = Taken.Balance;
        CodeHash = Taken.CodeHash;
        WarmTransaction = CreatedTransaction = DestructTransaction = 0;
        IsStorageFresh = !exists;
        IsDirty = IsStorageCleared = IsTransientUsed = false;
        Code = null;
        Compiled = null;
    }

    /// <summary>Forgets everything, for use with another address.</summary>
    public void Recycle()
    {
        Slots.Clear();
        Transient?.Clear();
        DirtySlots.Clear();
        Code = null;
        Compiled = null;
    }
}
