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
}
