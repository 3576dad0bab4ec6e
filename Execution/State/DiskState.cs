using System.Buffers;
using System.Buffers.Binary;
using Cloud.Execution.State.Tries;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Storage.Lmdb;

namespace Cloud.Execution.State;

/// <summary>
/// The state on disk: the flattened block's accounts and slots by hashed key, its branches by place, code by hash, and for each of the last blocks what it changed, by
/// key and block. Leaves are not stored: the flat records say what they are.
/// </summary>
internal sealed class DiskState(LmdbEnvironment environment) : INodeSource, IDisposable
{
    private const int BlockKeyLength = sizeof(ulong);
    private const int BlockRecordLength = (2 * Hash256.Length) + sizeof(int);
    private const int NodeKeyCapacity = (2 * Hash256.Length) + 1;

    private static readonly byte[] HeadKey = "head"u8.ToArray();

    private readonly LmdbDatabase _head = environment.OpenDatabase("head");
    private readonly LmdbDatabase _accounts = environment.OpenDatabase("accounts");
    private readonly LmdbDatabase _slots = environment.OpenDatabase("slots");
    private readonly LmdbDatabase _accountNodes = environment.OpenDatabase("accountNodes");
    private readonly LmdbDatabase _storageNodes = environment.OpenDatabase("storageNodes");
    private readonly LmdbDatabase _code = environment.OpenDatabase("code");
    private readonly LmdbDatabase _accountHistory = environment.OpenDatabase("accountHistory");
    private readonly LmdbDatabase _slotHistory = environment.OpenDatabase("slotHistory");
    private readonly LmdbDatabase _blocks = environment.OpenDatabase("blocks");

    public LmdbEnvironment Environment => environment;

    public StateHead? ReadHead()
    {
        using LmdbReadTransaction transaction = environment.BeginRead();
        return ReadHead(transaction);
    }

    public bool TryGetAccount(ulong blockNumber, in Hash256 key, out AccountRecord record)
    {
        using LmdbReadTransaction transaction = environment.BeginRead();
        bool found = TryReadHistory(transaction, _accountHistory, blockNumber, Hash256.AsSpan(in key), out ReadOnlySpan<byte> stored)
            ? stored.Length > 0
            : transaction.TryGet(_accounts, Hash256.AsSpan(in key), out stored);
        record = found ? AccountRecord.FromStored(stored) : default;
        return found;
    }

    public UInt256 GetStorage(ulong blockNumber, in Hash256 account, in Hash256 slot)
    {
        Span<byte> key = stackalloc byte[StateKeys.SlotLength];
        StateKeys.WriteSlot(key, in account, in slot);
        using LmdbReadTransaction transaction = environment.BeginRead();
        return TryReadHistory(transaction, _slotHistory, blockNumber, key, out ReadOnlySpan<byte> stored) || transaction.TryGet(_slots, key, out stored)
            ? SlotValue.Read(stored)
            : UInt256.Zero;
    }

    public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash)
    {
        using LmdbReadTransaction transaction = environment.BeginRead();
        return transaction.TryGet(_code, Hash256.AsSpan(in codeHash), out ReadOnlySpan<byte> code)
            ? code.ToArray()
            : throw new StateCorruptException($"The code {codeHash} is missing.");
    }

    public TrieBranch? LoadBranch(Hash256? owner, in NibblePath path)
    {
        Span<byte> key = stackalloc byte[NodeKeyCapacity];
        int length = WriteNodeKey(key, owner, in path);
        using LmdbReadTransaction transaction = environment.BeginRead();
        return transaction.TryGet(owner is null ? _accountNodes : _storageNodes, key[..length], out ReadOnlySpan<byte> stored)
            ? BranchRecord.Read(stored)
            : null;
    }

    public TrieLeaf? LoadLeaf(Hash256? owner, in NibblePath path)
    {
        using LmdbReadTransaction transaction = environment.BeginRead();
        Hash256 bits = path.Bits;
        if (owner is not { } account)
        {
            using LmdbCursor accounts = transaction.OpenCursor(_accounts);
            return accounts.MoveToAtLeast(Hash256.AsSpan(in bits)) && path.IsPrefixOf(accounts.Key)
                ? new AccountLeaf(new Hash256(accounts.Key), AccountRecord.FromStored(accounts.Value))
                : null;
        }

        Span<byte> key = stackalloc byte[StateKeys.SlotLength];
        StateKeys.WriteSlot(key, in account, in bits);
        using LmdbCursor slots = transaction.OpenCursor(_slots);
        return slots.MoveToAtLeast(key) && slots.Key[..Hash256.Length].SequenceEqual(Hash256.AsSpan(in account)) && path.IsPrefixOf(slots.Key[Hash256.Length..])
            ? new SlotLeaf(new Hash256(slots.Key[Hash256.Length..]), SlotValue.Read(slots.Value))
            : null;
    }

    /// <summary>Writes the changes of layers in one transaction: all of it or nothing.</summary>
    /// <param name="layers">Layers in order, from the one above the disk.</param>
    /// <param name="head">What the disk is at afterwards.</param>
    /// <param name="root">The last layer's trie.</param>
    /// <param name="historyBlocks">How many blocks of history to keep.</param>
    /// <returns>The branches that were written.</returns>
    public List<TrieBranch> Write(IReadOnlyList<(StateLayer Layer, LayerContent Content)> layers, StateHead head, TrieSlot root, int historyBlocks) =>
        environment.Write(transaction =>
        {
            // Before the first block there is nothing to look back to.
            bool keepHistory = ReadHead(transaction) is not null;
            WriteFlat(transaction, layers, in head, keepHistory);
            foreach ((_, LayerContent content) in layers)
            {
                DeleteStale(transaction, content.Update.Stale);
            }

            List<TrieBranch> written = [];
            WriteNodes(transaction, null, default, root.Node, written);
            WriteHead(transaction, head, historyBlocks);
            return written;
        });

    /// <summary>Computes the root from the flat records alone: slow, for checks.</summary>
    /// <exception cref="StateCorruptException">A storage root does not fit its slots.</exception>
    public Hash256 ComputeRoot()
    {
        using LmdbReadTransaction transaction = environment.BeginRead();
        using LmdbCursor slots = transaction.OpenCursor(_slots);
        using LmdbCursor accounts = transaction.OpenCursor(_accounts);
        bool more = slots.MoveToFirst();
        List<TrieLeaf> leaves = [];
        List<TrieLeaf> storage = [];
        while (accounts.MoveNext())
        {
            Hash256 key = new(accounts.Key);
            AccountRecord record = AccountRecord.FromStored(accounts.Value);
            storage.Clear();
            while (more && slots.Key[..Hash256.Length].SequenceEqual(accounts.Key))
            {
                storage.Add(new SlotLeaf(new Hash256(slots.Key[Hash256.Length..]), SlotValue.Read(slots.Value)));
                more = slots.MoveNext();
            }

            Hash256 root = TrieUpdate.RootOf(storage);
            if (root != record.StorageRoot)
            {
                throw new StateCorruptException($"The storage of {key} has root {root}, and its account says {record.StorageRoot}.");
            }

            leaves.Add(new AccountLeaf(in key, in record));
        }

        return more ? throw new StateCorruptException($"Slots of {Convert.ToHexString(slots.Key[..Hash256.Length])} belong to no account.") : TrieUpdate.RootOf(leaves);
    }

    public bool TryReadBlock(ulong blockNumber, out Hash256 stateRoot, out Hash256 blockHash)
    {
        Span<byte> key = stackalloc byte[BlockKeyLength];
        StateKeys.WriteBlock(key, blockNumber);
        using LmdbReadTransaction transaction = environment.BeginRead();
        bool found = transaction.TryGet(_blocks, key, out ReadOnlySpan<byte> stored) && stored.Length >= 2 * Hash256.Length;
        stateRoot = found ? new Hash256(stored[..Hash256.Length]) : default;
        blockHash = found ? new Hash256(stored.Slice(Hash256.Length, Hash256.Length)) : default;
        return found;
    }

    public void Dispose() => environment.Dispose();

    private static int WriteNodeKey(Span<byte> destination, Hash256? owner, in NibblePath path)
    {
        if (owner is not { } account)
        {
            return path.WriteKey(destination);
        }

        account.CopyTo(destination);
        return Hash256.Length + path.WriteKey(destination[Hash256.Length..]);
    }

    private StateHead? ReadHead(LmdbTransaction transaction) =>
        transaction.TryGet(_head, HeadKey, out ReadOnlySpan<byte> stored) ? StateHead.Read(stored) : null;

    /// <summary>Looks for the first block after a view's that changed a key: what the key was before that block is what the view sees.</summary>
    private bool TryReadHistory(LmdbReadTransaction transaction, LmdbDatabase history, ulong blockNumber, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> stored)
    {
        stored = default;
        StateHead head = ReadHead(transaction) ?? default;
        if (blockNumber == head.BlockNumber)
        {
            return false;
        }

        if (blockNumber > head.BlockNumber || blockNumber < head.OldestBlock)
        {
            throw new StateUnavailableException(blockNumber, head.OldestBlock);
        }

        Span<byte> seek = stackalloc byte[StateKeys.SlotLength + BlockKeyLength];
        seek = seek[..(key.Length + BlockKeyLength)];
        key.CopyTo(seek);
        StateKeys.WriteBlock(seek[key.Length..], blockNumber + 1);
        using LmdbCursor cursor = transaction.OpenCursor(history);
        if (!cursor.MoveToAtLeast(seek) || !cursor.Key[..key.Length].SequenceEqual(key))
        {
            return false;
        }

        stored = cursor.Value;
        return true;
    }

    private void WriteFlat(LmdbWriteTransaction transaction, IReadOnlyList<(StateLayer Layer, LayerContent Content)> layers, in StateHead head, bool keepHistory)
    {
        // A block's record: state root, block hash where it is known, number of changed accounts, their keys, and the keys of the changed slots. The keys are what to
        // delete when the block leaves the history.
        ArrayBufferWriter<byte> accountKeys = new();
        ArrayBufferWriter<byte> slotKeys = new();
        Span<byte> blockKey = stackalloc byte[BlockKeyLength];
        for (int i = 0; i < layers.Count; i++)
        {
            (StateLayer layer, LayerContent content) = layers[i];
            WriteAccounts(transaction, layer.BlockNumber, content, keepHistory, accountKeys, slotKeys);
            if (i + 1 < layers.Count && layers[i + 1].Layer.BlockNumber == layer.BlockNumber)
            {
                // Parts of one block share its record.
                continue;
            }

            Hash256 hash = layer.BlockNumber == head.BlockNumber ? head.BlockHash : default;
            StateKeys.WriteBlock(blockKey, layer.BlockNumber);
            Span<byte> record = transaction.Reserve(_blocks, blockKey, BlockRecordLength + accountKeys.WrittenCount + slotKeys.WrittenCount);
            layer.StateRoot.CopyTo(record);
            hash.CopyTo(record[Hash256.Length..]);
            BinaryPrimitives.WriteInt32LittleEndian(record[(2 * Hash256.Length)..], accountKeys.WrittenCount / Hash256.Length);
            accountKeys.WrittenSpan.CopyTo(record[BlockRecordLength..]);
            slotKeys.WrittenSpan.CopyTo(record[(BlockRecordLength + accountKeys.WrittenCount)..]);
            accountKeys.ResetWrittenCount();
            slotKeys.ResetWrittenCount();
        }
    }

    private void WriteAccounts(
        LmdbWriteTransaction transaction, ulong blockNumber, LayerContent content, bool keepHistory, ArrayBufferWriter<byte> accountKeys, ArrayBufferWriter<byte> slotKeys)
    {
        Span<byte> historyKey = stackalloc byte[Hash256.Length + BlockKeyLength];
        StateKeys.WriteBlock(historyKey[Hash256.Length..], blockNumber);
        Span<byte> stored = stackalloc byte[AccountRecord.MaxStoredLength];
        using KeyedChanges keyed = new(content.Changes);
        foreach (ref readonly TrieItem item in keyed.Items.Span)
        {
            (Address address, AccountChange change) = keyed.Accounts[item.Index];
            ReadOnlySpan<byte> key = Hash256.AsSpan(in item.Key);
            bool existed = transaction.TryGet(_accounts, key, out ReadOnlySpan<byte> old);
            key.CopyTo(historyKey);
            old.CopyTo(stored);
            if (keepHistory && transaction.TryAdd(_accountHistory, historyKey, stored[..old.Length]))
            {
                accountKeys.Write(key);
            }

            if (existed && (change.StorageCleared || change.After is null))
            {
                ClearSlots(transaction, blockNumber, in item.Key, keepHistory, slotKeys);
            }

            if (change.After is not { } account)
            {
                if (existed)
                {
                    transaction.Delete(_accounts, key);
                }

                continue;
            }

            int length = new AccountRecord(account, content.Update.StorageRoots.GetValueOrDefault(address, Keccak256.OfEmptyRlpString)).WriteStored(stored);
            transaction.Put(_accounts, key, stored[..length]);
            if (change.Storage is { } slots)
            {
                WriteSlots(transaction, blockNumber, in item.Key, slots, keepHistory, slotKeys);
            }
        }

        foreach (KeyValuePair<Hash256, ReadOnlyMemory<byte>> code in content.Changes.Code)
        {
            Hash256 hash = code.Key;
            if (!code.Value.IsEmpty)
            {
                transaction.TryAdd(_code, Hash256.AsSpan(in hash), code.Value.Span);
            }
        }
    }

    private void WriteSlots(
        LmdbWriteTransaction transaction,
        ulong blockNumber,
        in Hash256 account,
        Dictionary<UInt256, UInt256> slots,
        bool keepHistory,
        ArrayBufferWriter<byte> slotKeys)
    {
        Span<byte> key = stackalloc byte[StateKeys.SlotLength + BlockKeyLength];
        StateKeys.WriteBlock(key[StateKeys.SlotLength..], blockNumber);
        Span<byte> value = stackalloc byte[UInt256.Length];
        foreach (KeyValuePair<UInt256, UInt256> slot in slots)
        {
            UInt256 plain = slot.Key;
            UInt256 after = slot.Value;
            StateKeys.WriteSlot(key, in account, StateKeys.OfSlot(in plain));
            ReadOnlySpan<byte> flatKey = key[..StateKeys.SlotLength];
            bool existed = transaction.TryGet(_slots, flatKey, out ReadOnlySpan<byte> old);
            old.CopyTo(value);
            if (keepHistory && transaction.TryAdd(_slotHistory, key, value[..old.Length]))
            {
                slotKeys.Write(flatKey);
            }

            if (!after.IsZero)
            {
                transaction.Put(_slots, flatKey, value[..SlotValue.Write(in after, value)]);
            }
            else if (existed)
            {
                transaction.Delete(_slots, flatKey);
            }
        }
    }

    private void ClearSlots(LmdbWriteTransaction transaction, ulong blockNumber, in Hash256 account, bool keepHistory, ArrayBufferWriter<byte> slotKeys)
    {
        Span<byte> historyKey = stackalloc byte[StateKeys.SlotLength + BlockKeyLength];
        StateKeys.WriteBlock(historyKey[StateKeys.SlotLength..], blockNumber);
        List<byte[]> keys = [];
        using (LmdbCursor cursor = transaction.OpenCursor(_slots))
        {
            for (bool more = cursor.MoveToAtLeast(Hash256.AsSpan(in account));
                more && cursor.Key[..Hash256.Length].SequenceEqual(Hash256.AsSpan(in account));
                more = cursor.MoveNext())
            {
                keys.Add(cursor.Key.ToArray());
            }
        }

        foreach (byte[] key in keys)
        {
            transaction.TryGet(_slots, key, out ReadOnlySpan<byte> old);
            key.CopyTo(historyKey);
            if (keepHistory && transaction.TryAdd(_slotHistory, historyKey, old.ToArray()))
            {
                slotKeys.Write(key);
            }

            transaction.Delete(_slots, key);
        }
    }

    private void DeleteStale(LmdbWriteTransaction transaction, StaleNodes stale)
    {
        Span<byte> key = stackalloc byte[NodeKeyCapacity];
        foreach ((Hash256? owner, NibblePath path) in stale.Branches)
        {
            int length = WriteNodeKey(key, owner, in path);
            transaction.Delete(owner is null ? _accountNodes : _storageNodes, key[..length]);
        }

        List<byte[]> keys = [];
        foreach (Hash256 owner in stale.Storages)
        {
            Hash256 account = owner;
            using LmdbCursor cursor = transaction.OpenCursor(_storageNodes);
            for (bool more = cursor.MoveToAtLeast(Hash256.AsSpan(in account));
                more && cursor.Key[..Hash256.Length].SequenceEqual(Hash256.AsSpan(in account));
                more = cursor.MoveNext())
            {
                keys.Add(cursor.Key.ToArray());
            }
        }

        foreach (byte[] node in keys)
        {
            transaction.Delete(_storageNodes, node);
        }
    }

    /// <summary>Writes the branches that the disk does not have. A branch that it has, has no other below.</summary>
    private void WriteNodes(LmdbWriteTransaction transaction, Hash256? owner, in NibblePath path, TrieNode? node, List<TrieBranch> written)
    {
        if (node is TrieLeaf leaf)
        {
            if (leaf is AccountLeaf { Contract.Storage: { } storage })
            {
                WriteNodes(transaction, leaf.Key, default, storage, written);
            }

            return;
        }

        if (node is not TrieBranch { Persisted: false } branch)
        {
            return;
        }

        Span<byte> key = stackalloc byte[NodeKeyCapacity];
        int length = WriteNodeKey(key, owner, in path);
        LmdbDatabase database = owner is null ? _accountNodes : _storageNodes;
        BranchRecord.Write(branch, transaction.Reserve(database, key[..length], BranchRecord.LengthOf(branch)));
        written.Add(branch);
        NibblePath at = path.Append(branch.Prefix);
        for (int nibble = 0; nibble < 16; nibble++)
        {
            if (branch.Has(nibble) && branch.Nodes[branch.IndexOf(nibble)] is { } child)
            {
                WriteNodes(transaction, owner, at.Append(nibble), child, written);
            }
        }
    }

    private void WriteHead(LmdbWriteTransaction transaction, StateHead head, int historyBlocks)
    {
        StateHead? before = ReadHead(transaction);
        ulong first = before?.OldestBlock ?? head.BlockNumber;
        ulong oldest = Math.Max(first, head.BlockNumber > (ulong)historyBlocks ? head.BlockNumber - (ulong)historyBlocks : 0);
        for (ulong number = first + 1; before is not null && number <= oldest; number++)
        {
            DeleteHistory(transaction, number);
        }

        Span<byte> stored = stackalloc byte[StateHead.Length];
        (head with { OldestBlock = oldest }).Write(stored);
        transaction.Put(_head, HeadKey, stored);
    }

    private void DeleteHistory(LmdbWriteTransaction transaction, ulong number)
    {
        Span<byte> blockKey = stackalloc byte[BlockKeyLength];
        StateKeys.WriteBlock(blockKey, number);
        if (!transaction.TryGet(_blocks, blockKey, out ReadOnlySpan<byte> view))
        {
            return;
        }

        byte[] record = view.ToArray();
        if (record.Length < BlockRecordLength)
        {
            return;
        }

        int accounts = BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(2 * Hash256.Length));
        int slotsAt = BlockRecordLength + (accounts * Hash256.Length);
        Span<byte> historyKey = stackalloc byte[StateKeys.SlotLength + BlockKeyLength];
        for (int at = BlockRecordLength; at < record.Length;)
        {
            int length = at < slotsAt ? Hash256.Length : StateKeys.SlotLength;
            record.AsSpan(at, length).CopyTo(historyKey);
            blockKey.CopyTo(historyKey[length..]);
            transaction.Delete(at < slotsAt ? _accountHistory : _slotHistory, historyKey[..(length + BlockKeyLength)]);
            at += length;
        }

        // The root and hash of the oldest block that can be read stay.
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(2 * Hash256.Length), 0);
        transaction.Put(_blocks, blockKey, record.AsSpan(0, BlockRecordLength));
        StateKeys.WriteBlock(blockKey, number - 1);
        transaction.Delete(_blocks, blockKey);
    }
}
