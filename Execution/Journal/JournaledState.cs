using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Journal;

/// <summary>The state of one fork while transactions run on it: an overlay on an immutable parent, with a journal that undoes calls in time proportional to what they did.</summary>
/// <remarks>Reusable through <see cref="Open"/>; not safe for use by several threads.</remarks>
public sealed class JournaledState
{
    private const int InitialBuckets = 256;
    private const int MaxKeptAccounts = 16_384;
    private const int MaxKeptEntries = 1 << 16;

    private readonly List<JournaledAccount> _spare = [];
    private readonly List<JournaledAccount> _dirty = [];
    private readonly List<JournaledAccount> _transient = [];
    private readonly List<Log> _logs = [];
    private readonly Dictionary<Hash256, ReadOnlyMemory<byte>> _createdCode = [];

    // Open addressing over the dense list of accounts: bucket = index + 1.
    private readonly List<JournaledAccount> _accounts = [];
    private int[] _buckets = new int[InitialBuckets];

    private JournalEntry[] _journal = new JournalEntry[256];
    private int _journalLength;
    private IStateReader _parent = EmptyState.Instance;
    private int _transaction = 1;

    /// <summary>An overlay on nothing.</summary>
    public JournaledState()
    {
    }

    /// <summary>An overlay on a parent.</summary>
    /// <param name="parent">The state to start from.</param>
    public JournaledState(IStateReader parent) => Open(parent);

    /// <summary>Gas to refund at the end of the transaction, before the cap (EIP-3529).</summary>
    internal long Refund { get; set; }

    /// <summary>How many accounts and slots committed transactions touched since changes were taken.</summary>
    internal int ChangeCount { get; private set; }

    /// <summary>Logs of the running transaction so far.</summary>
    internal List<Log> Logs => _logs;

    /// <summary>Forgets everything and starts over from a parent.</summary>
    /// <param name="parent">The state to start from.</param>
    public void Open(IStateReader parent)
    {
        _parent = parent;
        foreach (JournaledAccount account in _accounts)
        {
            if (_spare.Count < MaxKeptAccounts)
            {
                account.Recycle();
                _spare.Add(account);
            }
        }

        _accounts.Clear();
        if (_buckets.Length > MaxKeptAccounts * 2)
        {
            _buckets = new int[InitialBuckets];
        }
        else
        {
            Array.Clear(_buckets);
        }

        _dirty.Clear();
        ChangeCount = 0;
        _createdCode.Clear();
        _transaction = 0;
        BeginTransaction();
    }

    /// <summary>Starts a transaction: nothing is warm, nothing transient is set, and what is stored now counts as original.</summary>
    public void BeginTransaction()
    {
        _transaction++;
        Array.Clear(_journal, 0, _journalLength);
        if (_journal.Length > MaxKeptEntries)
        {
            _journal = new JournalEntry[256];
        }

        _journalLength = 0;
        foreach (JournaledAccount account in _transient)
        {
            account.Transient!.Clear();
            account.IsTransientUsed = false;
        }

        _transient.Clear();
        _logs.Clear();
        Refund = 0;
    }

    /// <summary>Undoes everything since the transaction began, as if it had never run.</summary>
    public void RevertTransaction() => Revert(default);

    /// <summary>Ends a transaction: deletes what it destroyed (EIP-6780) and what it touched and left empty (EIP-161), and keeps the rest.</summary>
    public void CommitTransaction()
    {
        for (int i = 0; i < _journalLength; i++)
        {
            ref JournalEntry entry = ref _journal[i];
            JournaledAccount account = entry.Account;
            switch (entry.Kind)
            {
                case JournalKind.WarmAccount or JournalKind.WarmSlot or JournalKind.Transient:
                    continue;
                case JournalKind.Storage:
                    ref StorageSlot slot = ref account.Slots[entry.Number];
                    if (!slot.IsDirty)
                    {
                        slot.IsDirty = true;
                        account.DirtySlots.Add(entry.Number);
                        ChangeCount++;
                    }

                    break;
                default:
                    if (account.Exists && (account.DestructTransaction == _transaction || account.IsEmpty))
                    {
                        Delete(account);
                    }

                    break;
            }

            if (!account.IsDirty)
            {
                account.IsDirty = true;
                _dirty.Add(account);
                ChangeCount++;
            }
        }

        BeginTransaction();
    }

    /// <summary>What committed transactions changed since the last call, or since the state was opened. Taking prefixes of a block one by one gives their differences.</summary>
    /// <returns>The last value of each account and slot that is now another than then.</returns>
    public StateChanges TakeChanges()
    {
        StateChanges changes = new(_dirty.Count);
        foreach (JournaledAccount account in _dirty)
        {
            account.IsDirty = false;
            Dictionary<UInt256, UInt256>? storage = null;
            foreach (int index in account.DirtySlots)
            {
                ref StorageSlot slot = ref account.Slots[index];
                slot.IsDirty = false;
                if (account.IsStorageCleared ? !slot.Current.IsZero : slot.Current != slot.Taken)
                {
                    (storage ??= []).Add(slot.Key, slot.Current);
                }

                slot.Taken = slot.Current;
            }

            account.DirtySlots.Clear();
            Account now = new(account.Nonce, account.Balance, account.CodeHash);
            bool cleared = account.IsStorageCleared && account.TakenExists;
            if (storage is not null || cleared || account.Exists != account.TakenExists || (account.Exists && now != account.Taken))
            {
                changes.Accounts.Add(account.Address, new AccountChange { After = account.Exists ? now : null, StorageCleared = cleared, Storage = storage });
                if (now.CodeHash != account.Taken.CodeHash && _createdCode.TryGetValue(now.CodeHash, out ReadOnlyMemory<byte> code))
                {
                    changes.Code[now.CodeHash] = code;
                }
            }

            account.IsStorageCleared = false;
            account.Taken = now;
            account.TakenExists = account.Exists;
        }

        _dirty.Clear();
        ChangeCount = 0;
        return changes;
    }

    /// <summary>Logs of the running transaction, in order.</summary>
    /// <returns>A copy.</returns>
    internal ImmutableArray<Log> CopyLogs() => _logs.Count == 0 ? [] : [.. _logs];

    internal Snapshot TakeSnapshot() => new(_journalLength, _logs.Count, Refund);

    internal void Revert(in Snapshot snapshot)
    {
        for (int i = _journalLength - 1; i >= snapshot.Entries; i--)
        {
            ref JournalEntry entry = ref _journal[i];
            Undo(ref entry);
            entry.Account = null!;
        }

        _journalLength = snapshot.Entries;
        _logs.RemoveRange(snapshot.Logs, _logs.Count - snapshot.Logs);
        Refund = snapshot.Refund;
    }

    /// <summary>The account of an address, loaded where the fork meets it for the first time. It may not exist.</summary>
    internal JournaledAccount GetAccount(in Address address)
    {
        uint mask = (uint)_buckets.Length - 1;
        uint bucket = SeededHash.Of(address) & mask;
        Span<JournaledAccount> accounts = CollectionsMarshal.AsSpan(_accounts);
        while (true)
        {
            int index = _buckets[bucket] - 1;
            if (index < 0)
            {
                return LoadAccount(address, bucket);
            }

            JournaledAccount account = accounts[index];
            if (account.Address == address)
            {
                return account;
            }

            bucket = (bucket + 1) & mask;
        }
    }

    /// <summary>Marks an account warm.</summary>
    /// <returns>True where it was cold.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool WarmUp(JournaledAccount account)
    {
        if (account.WarmTransaction == _transaction)
        {
            return false;
        }

        Record(JournalKind.WarmAccount, account, account.WarmTransaction);
        account.WarmTransaction = _transaction;
        return true;
    }

    /// <summary>Finds or loads a slot and marks it warm.</summary>
    /// <param name="account">Whose storage.</param>
    /// <param name="key">Which slot.</param>
    /// <param name="wasCold">Whether it was cold.</param>
    /// <returns>Index of the slot.</returns>
    internal int WarmSlot(JournaledAccount account, in UInt256 key, out bool wasCold)
    {
        int index = account.Slots.Find(key);
        if (index < 0)
        {
            index = LoadSlot(account, key);
        }

        ref StorageSlot slot = ref account.Slots[index];
        wasCold = slot.WarmTransaction != _transaction;
        if (wasCold)
        {
            Record(JournalKind.WarmSlot, account, index);
            slot.WarmTransaction = _transaction;
        }

        return index;
    }

    /// <summary>The value of a slot before the transaction.</summary>
    internal UInt256 Original(in StorageSlot slot) => slot.OriginalTransaction == _transaction ? slot.Original : slot.Current;

    internal void SetStorage(JournaledAccount account, int index, in UInt256 value)
    {
        ref StorageSlot slot = ref account.Slots[index];
        ref JournalEntry entry = ref Record(JournalKind.Storage, account, index);
        entry.Value = slot.Current;
        if (slot.OriginalTransaction != _transaction)
        {
            slot.OriginalTransaction = _transaction;
            slot.Original = slot.Current;
        }

        slot.Current = value;
    }

    internal static UInt256 GetTransient(JournaledAccount account, in UInt256 key)
    {
        if (!account.IsTransientUsed)
        {
            return default;
        }

        int index = account.Transient!.Find(key);
        return index < 0 ? default : account.Transient[index].Current;
    }

    internal void SetTransient(JournaledAccount account, in UInt256 key, in UInt256 value)
    {
        if (!account.IsTransientUsed)
        {
            account.IsTransientUsed = true;
            account.Transient ??= new StorageTable();
            _transient.Add(account);
        }

        int index = account.Transient!.Find(key);
        if (index < 0)
        {
            index = account.Transient.Add(key, default);
        }

        ref StorageSlot slot = ref account.Transient[index];
        ref JournalEntry entry = ref Record(JournalKind.Transient, account, index);
        entry.Value = slot.Current;
        slot.Current = value;
    }

    internal void SetBalance(JournaledAccount account, in UInt256 balance)
    {
        ref JournalEntry entry = ref Record(JournalKind.Balance, account, account.Exists ? 1 : 0);
        entry.Value = account.Balance;
        account.Balance = balance;
        account.Exists = true;
    }

    internal void SetNonce(JournaledAccount account, ulong nonce)
    {
        ref JournalEntry entry = ref Record(JournalKind.Nonce, account, account.Exists ? 1 : 0);
        entry.Value = account.Nonce;
        account.Nonce = nonce;
        account.Exists = true;
    }

    /// <summary>Moves wei. The caller has checked that there is enough.</summary>
    internal void Transfer(JournaledAccount from, JournaledAccount to, in UInt256 value)
    {
        SetBalance(from, from.Balance - value);
        SetBalance(to, to.Balance + value);
    }

    /// <summary>Adds wei, which cannot overflow: there is not that much.</summary>
    internal void AddBalance(JournaledAccount account, in UInt256 value) => SetBalance(account, account.Balance + value);

    /// <summary>Marks an account so that it goes at the end of the transaction if it is empty then (EIP-161).</summary>
    internal void Touch(JournaledAccount account)
    {
        // Only what exists and is empty now, or becomes empty by a change that is recorded anyway, can go.
        if (account.Exists && account.IsEmpty)
        {
            Record(JournalKind.Touch, account, 0);
        }
    }

    internal void SetCode(JournaledAccount account, ReadOnlyMemory<byte> code)
    {
        Hash256 hash = code.IsEmpty ? Keccak256.OfEmpty : Keccak256.Hash(code.Span);
        ref JournalEntry entry = ref Record(JournalKind.Code, account, account.Exists ? 1 : 0);
        entry.Value = Unsafe.BitCast<Hash256, UInt256>(account.CodeHash);
        account.CodeHash = hash;
        account.Code = code;
        account.Compiled = null;
        account.Exists = true;
        if (!code.IsEmpty)
        {
            _createdCode.TryAdd(hash, code);
        }
    }

    internal ReadOnlyMemory<byte> GetCode(JournaledAccount account)
    {
        if (account.Code is { } known)
        {
            return known;
        }

        ReadOnlyMemory<byte> code = default;
        if (account.HasCode && !_createdCode.TryGetValue(account.CodeHash, out code))
        {
            code = _parent.GetCode(account.CodeHash);
        }

        account.Code = code;
        return code;
    }

    /// <summary>Whether a contract may not be created over the account (EIP-684, EIP-7610).</summary>
    internal bool IsOccupied(JournaledAccount account) =>
        account.Nonce != 0 || account.HasCode || (!account.IsStorageFresh && _parent.HasStorage(account.Address));

    /// <summary>Makes an account a contract under creation. It is not occupied; its balance stays.</summary>
    internal void CreateContract(JournaledAccount account)
    {
        Record(JournalKind.Created, account, account.CreatedTransaction);
        account.CreatedTransaction = _transaction;
        // There is no storage, in the parent neither: that stays true even if the creation is undone.
        account.IsStorageFresh = true;
        SetNonce(account, 1);
    }

    internal bool IsCreatedHere(JournaledAccount account) => account.CreatedTransaction == _transaction;

    /// <summary>Has an account deleted at the end of the transaction.</summary>
    internal void Destruct(JournaledAccount account)
    {
        if (account.DestructTransaction != _transaction)
        {
            Record(JournalKind.Destruct, account, account.DestructTransaction);
            account.DestructTransaction = _transaction;
        }
    }

    internal void AddLog(Log log) => _logs.Add(log);

    private ref JournalEntry Record(JournalKind kind, JournaledAccount account, int number)
    {
        if (_journalLength == _journal.Length)
        {
            Array.Resize(ref _journal, _journal.Length * 2);
        }

        ref JournalEntry entry = ref _journal[_journalLength++];
        entry.Kind = kind;
        entry.Account = account;
        entry.Number = number;
        return ref entry;
    }

    private static void Undo(ref JournalEntry entry)
    {
        JournaledAccount account = entry.Account;
        switch (entry.Kind)
        {
            case JournalKind.WarmAccount:
                account.WarmTransaction = entry.Number;
                break;
            case JournalKind.WarmSlot:
                account.Slots[entry.Number].WarmTransaction = 0;
                break;
            case JournalKind.Storage:
                account.Slots[entry.Number].Current = entry.Value;
                break;
            case JournalKind.Transient:
                account.Transient![entry.Number].Current = entry.Value;
                break;
            case JournalKind.Balance:
                account.Balance = entry.Value;
                account.Exists = entry.Number != 0;
                break;
            case JournalKind.Nonce:
                account.Nonce = entry.Value.U0;
                account.Exists = entry.Number != 0;
                break;
            case JournalKind.Code:
                account.CodeHash = Unsafe.BitCast<UInt256, Hash256>(entry.Value);
                account.Code = null;
                account.Compiled = null;
                account.Exists = entry.Number != 0;
                break;
            case JournalKind.Created:
                account.CreatedTransaction = entry.Number;
                break;
            case JournalKind.Destruct:
                account.DestructTransaction = entry.Number;
                break;
            case JournalKind.Touch:
                break;
            default:
                throw new InvalidOperationException($"Unknown journal entry {entry.Kind}.");
        }
    }

    private static void Delete(JournaledAccount account)
    {
        account.Exists = false;
        account.Nonce = 0;
        account.Balance = default;
        account.CodeHash = Keccak256.OfEmpty;
        account.Code = null;
        account.Compiled = null;
        account.IsStorageFresh = true;
        account.IsStorageCleared = true;
        Span<StorageSlot> slots = account.Slots.Slots;
        for (int i = 0; i < slots.Length; i++)
        {
            slots[i].Current = default;
            if (!slots[i].IsDirty)
            {
                slots[i].IsDirty = true;
                account.DirtySlots.Add(i);
            }
        }
    }

    private JournaledAccount LoadAccount(in Address address, uint bucket)
    {
        bool exists = _parent.TryGetAccount(address, out Account loaded);
        JournaledAccount account;
        if (_spare.Count > 0)
        {
            account = _spare[^1];
            _spare.RemoveAt(_spare.Count - 1);
        }
        else
        {
            account = new JournaledAccount();
        }

        account.Load(address, exists, loaded);
        _accounts.Add(account);
        _buckets[bucket] = _accounts.Count;
        if (_accounts.Count * 2 > _buckets.Length)
        {
            GrowBuckets();
        }

        return account;
    }

    private void GrowBuckets()
    {
        _buckets = new int[_buckets.Length * 2];
        uint mask = (uint)_buckets.Length - 1;
        for (int i = 0; i < _accounts.Count; i++)
        {
            uint bucket = SeededHash.Of(_accounts[i].Address) & mask;
            while (_buckets[bucket] != 0)
            {
                bucket = (bucket + 1) & mask;
            }

            _buckets[bucket] = i + 1;
        }
    }

    private int LoadSlot(JournaledAccount account, in UInt256 key)
    {
        UInt256 value = account.IsStorageFresh ? default : _parent.GetStorage(account.Address, key);
        return account.Slots.Add(key, value);
    }
}
