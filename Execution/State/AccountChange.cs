using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>The last state of one changed account, with its changed slots.</summary>
public sealed class AccountChange
{
    /// <summary>The account after the change; null where it no longer exists.</summary>
    public Account? After { get; set; }

    /// <summary>Whether everything that was stored before is gone; <see cref="Storage"/> then holds all that is left.</summary>
    public bool StorageCleared { get; set; }

    /// <summary>Changed slots with their last values; zero deletes a slot. Null where no slot changed.</summary>
    public Dictionary<UInt256, UInt256>? Storage { get; set; }

    /// <summary>One record for two changes that follow each other, neither of which may be written to.</summary>
    internal static AccountChange Join(AccountChange earlier, AccountChange later)
    {
        if (later.After is null || later.StorageCleared)
        {
            return later.StorageCleared ? later : new AccountChange { StorageCleared = true };
        }

        if (earlier is { Storage: null, StorageCleared: false, After: not null })
        {
            return later;
        }

        AccountChange joined = new();
        joined.Append(earlier);
        joined.Append(later);
        return joined;
    }

    /// <summary>Puts a later change on top of this one.</summary>
    /// <param name="later">What changed afterwards. It stays as it is.</param>
    internal void Append(AccountChange later)
    {
        After = later.After;
        if (later.StorageCleared || later.After is null)
        {
            StorageCleared = true;
            Storage = null;
        }

        if (later.Storage is { } storage && later.After is not null)
        {
            Storage ??= new Dictionary<UInt256, UInt256>(storage.Count);
            foreach (KeyValuePair<UInt256, UInt256> slot in storage)
            {
                Storage[slot.Key] = slot.Value;
            }
        }
    }
}
