using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Journal;

/// <summary>What to restore when a call is undone.</summary>
internal struct JournalEntry
{
    public JournaledAccount Account;

    /// <summary>The old value, by kind.</summary>
    public UInt256 Value;

    /// <summary>Index of the slot, or the old flag or transaction number, by kind.</summary>
    public int Number;

    public JournalKind Kind;
}

/// <summary>What a journal entry restores.</summary>
internal enum JournalKind : byte
{
    WarmAccount,
    WarmSlot,
    Storage,
    Transient,
    Balance,
    Nonce,
    Code,
    Created,
    Destruct,
    Touch,
}
