using System.Buffers;
using Cloud.Execution.State.Tries;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Storage.Lmdb;

namespace Cloud.Execution.State;

/// <summary>
/// The world state: a disk layer at the last flattened block, layers in memory above it, and history below it. Safe for use by several threads; a flatten runs beside
/// reads and extensions.
/// </summary>
public sealed class WorldState : IDisposable
{
    private const string Format = "preconf-state/1";

    private readonly WorldStateOptions _options;
    private readonly Lock _flattening = new();
    private readonly Lock _chain = new();
    private StateLayer _flattened;
    private StateHead _head;
    private volatile bool _isNew;

    private WorldState(DiskState disk, WorldStateOptions options)
    {
        Disk = disk;
        _options = options;
        StateHead? head = disk.ReadHead();
        _isNew = head is null;
        _head = head ?? new StateHead(0, Keccak256.OfEmptyRlpString, default, 0);
        TrieSlot root = VerifiedRoot();
        _flattened = new StateLayer(this, _head.BlockNumber, _head.StateRoot, new TrieRoot(in root), content: null);
    }

    /// <summary>The layer of the last flattened block: what forks are opened on after a start. Without any block: number 0 and the empty root.</summary>
    public StateLayer Flattened => Volatile.Read(ref _flattened);

    /// <summary>Whether no block was ever flattened here: the genesis state has to be put in.</summary>
    public bool IsNew => _isNew;

    /// <summary>Hash of the last flattened block, as it was given to <see cref="TryFlatten"/>; zero without any block.</summary>
    public Hash256 FlattenedHash
    {
        get
        {
            lock (_chain)
            {
                return _head.BlockHash;
            }
        }
    }

    internal DiskState Disk { get; }

    /// <summary>How many accounts the last layer that was made in parts has: the next one will have about as many.</summary>
    internal int ExpectedAccounts { get; set; }

    /// <summary>Opens a folder, and makes it where there is none.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="options">How.</param>
    /// <returns>The state at the last flattened block, whatever ended the process before.</returns>
    /// <exception cref="Cloud.Storage.StorageException">The folder is in use, or damaged, or of another format.</exception>
    /// <exception cref="StateCorruptException">What is stored does not have the root that it should.</exception>
    public static WorldState Open(string directory, WorldStateOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.HistoryBlocks, WorldStateOptions.MinHistoryBlocks);
        LmdbEnvironment environment = LmdbEnvironment.Open(
            directory, new LmdbOptions { Format = Format, SyncMode = options.SyncMode, MapSize = options.MapSize });
        try
        {
            return new WorldState(new DiskState(environment), options);
        }
        catch
        {
            environment.Dispose();
            throw;
        }
    }

    /// <summary>Moves the disk to a layer's block in one transaction. Forks that do not contain it are discarded; layers above it stay as they are.</summary>
    /// <param name="layer">The last part of a block.</param>
    /// <param name="blockHash">The block's hash, to be found after a restart.</param>
    /// <returns>False where the layer does not stand on the flattened block: another fork was flattened, or it is on disk already.</returns>
    /// <exception cref="ArgumentException">The layer is a further part of the flattened block, or not the last part of its own.</exception>
    /// <exception cref="Cloud.Storage.StorageException">Nothing was written; the state is as before.</exception>
    public bool TryFlatten(StateLayer layer, in Hash256 blockHash)
    {
        lock (_flattening)
        {
            List<(StateLayer Layer, LayerContent Content)> layers = [];
            StateLayer at = layer;
            while (at.Content is { } content)
            {
                layers.Add((at, content));
                at = content.Parent;
            }

            if (layers.Count == 0 || !ReferenceEquals(at, Flattened))
            {
                return false;
            }

            layers.Reverse();
            if (!_isNew && layers[0].Layer.BlockNumber == Flattened.BlockNumber)
            {
                throw new ArgumentException($"Block {Flattened.BlockNumber} was flattened before its last part.", nameof(layer));
            }

            if (layer.Trie is not { Slot: { } root })
            {
                throw new ArgumentException($"Block {layer.BlockNumber} has a later part than this one.", nameof(layer));
            }

            StateHead head = new(layer.BlockNumber, layer.StateRoot, blockHash, 0);
            List<TrieBranch> written = Disk.Write(layers, head, root, _options.HistoryBlocks);
            foreach (TrieBranch branch in written)
            {
                branch.Persisted = true;
            }

            lock (_chain)
            {
                StateLayer before = _flattened;
                Volatile.Write(ref _flattened, layer);
                _isNew = false;
                _head = Disk.ReadHead() ?? head;
                for (int i = 0; i < layers.Count; i++)
                {
                    bool last = i == layers.Count - 1;
                    layers[i].Layer.BecomeFlattened(isPart: !last && layers[i].Layer.BlockNumber == layers[i + 1].Layer.BlockNumber, keepTrie: last);
                }

                before.DropTrie();
            }

            NodeCache.Trim(root.Node, _options.MaxCachedNodes);
            return true;
        }
    }

    /// <summary>A view of a flattened block of the history.</summary>
    /// <param name="blockNumber">Which block.</param>
    /// <param name="view">The view; null where the result is false. It throws <see cref="StateUnavailableException"/> once its block leaves the history.</param>
    /// <returns>False where the block is not flattened, or is older than the history.</returns>
    public bool TryGetSnapshot(ulong blockNumber, out IStateReader? view)
    {
        StateHead head;
        lock (_chain)
        {
            head = _head;
        }

        if (blockNumber < head.OldestBlock || blockNumber > head.BlockNumber || !Disk.TryReadBlock(blockNumber, out Hash256 root, out _))
        {
            view = null;
            return false;
        }

        TrieSlot none = default;
        view = new StateLayer(this, blockNumber, in root, new TrieRoot(in none), content: null);
        return true;
    }

    /// <summary>Computes the flattened block's root from all accounts and slots, and compares it. Reads everything: slow.</summary>
    /// <exception cref="StateCorruptException">It is another one.</exception>
    public void Verify()
    {
        lock (_flattening)
        {
            Hash256 computed = Disk.ComputeRoot();
            if (computed != Flattened.StateRoot)
            {
                throw new StateCorruptException($"The accounts of block {Flattened.BlockNumber} have the root {computed}, and it should be {Flattened.StateRoot}.");
            }
        }
    }

    /// <summary>Closes the files. Nobody may use a layer any more.</summary>
    public void Dispose() => Disk.Dispose();

    internal StateLayer? TryExtend(StateLayer parent, StateChanges changes, ulong blockNumber)
    {
        if (parent.Trie is not { } trie)
        {
            return null;
        }

        TrieSlot root = trie.Slot;
        return TryApply(parent, ref root, changes, alone: false) is { } update ? TryStack(parent, blockNumber, in root, update) : null;
    }

    /// <summary>Puts changes into a trie.</summary>
    /// <param name="ground">The layer whose fork the trie belongs to.</param>
    /// <param name="root">The trie, which gets replaced.</param>
    /// <param name="changes">What changes.</param>
    /// <param name="alone">Whether to leave other processors alone.</param>
    /// <param name="maker">Who may change the nodes that it has made before; null where the old trie has to stay as it is.</param>
    /// <returns>What was done; null where the fork was discarded.</returns>
    internal LayerUpdate? TryApply(StateLayer ground, ref TrieSlot root, StateChanges changes, bool alone, object? maker = null)
    {
        using KeyedChanges keyed = new(changes);
        Hash256[] roots = ArrayPool<Hash256>.Shared.Rent(keyed.Count);
        StaleNodes stale = new();
        try
        {
            root = new TrieUpdate(Disk, new AccountEditor(Disk, keyed, roots, stale, alone, maker), null, stale, alone, maker).Apply(in root, keyed.Items);
        }
        catch (Exception e) when (IsMissingNode(e) && BaseOf(ground) is null)
        {
            // Another fork was flattened meanwhile, and took this one's nodes away.
            return null;
        }

        Dictionary<Address, Hash256> storageRoots = [];
        Hash256 empty = Keccak256.OfEmptyRlpString;
        for (int place = 0; place < keyed.Count; place++)
        {
            (Address address, AccountChange change) = keyed.Accounts[place];
            if (change.Storage is { Count: > 0 } || change.StorageCleared || change.After is null || roots[place] != empty)
            {
                storageRoots.Add(address, roots[place]);
            }
        }

        ArrayPool<Hash256>.Shared.Return(roots);
        return new LayerUpdate(changes, storageRoots, stale);
    }

    /// <summary>Makes the layer of changes that are in the trie.</summary>
    internal StateLayer? TryStack(StateLayer parent, ulong blockNumber, in TrieSlot root, LayerUpdate update)
    {
        lock (_chain)
        {
            if (BaseOf(parent) is not { } ground)
            {
                return null;
            }

            LayerFilter filter = FilterOn(parent, ground);
            AddTo(filter, update.Changes);
            return new StateLayer(this, blockNumber, TrieEncoding.RootOf(in root), new TrieRoot(in root), new LayerContent(parent, ground, update, filter));
        }
    }

    internal StateLayer? TryMerge(StateLayer layer, StateLayer ancestor)
    {
        List<LayerContent> contents = [];
        StateLayer at = layer;
        while (!ReferenceEquals(at, ancestor))
        {
            if (at.Content is not { } content)
            {
                return null;
            }

            contents.Add(content);
            at = content.Parent;
        }

        if (contents.Count == 0 || layer.Trie is not { } trie)
        {
            return contents.Count == 0 ? layer : null;
        }

        contents.Reverse();
        LayerMerge merge = new();
        foreach (LayerContent content in contents)
        {
            merge.Add(content.Update);
        }

        lock (_chain)
        {
            if (BaseOf(ancestor) is not { } ground)
            {
                return null;
            }

            LayerFilter filter = FilterOn(ancestor, ground);
            AddTo(filter, merge.Changes);
            return new StateLayer(this, layer.BlockNumber, layer.StateRoot, trie, new LayerContent(ancestor, ground, merge.ToUpdate(), filter));
        }
    }

    internal AccountProof? TryProve(StateLayer layer, in Address address, ReadOnlySpan<UInt256> slots)
    {
        if (layer.Trie is not { } trie || (trie.Slot.IsEmpty && layer.StateRoot != Keccak256.OfEmptyRlpString))
        {
            return null;
        }

        try
        {
            AccountProof proof = TrieProver.Prove(Disk, in trie.Slot, layer.StateRoot, in address, slots);
            lock (_chain)
            {
                return BaseOf(layer) is null ? null : proof;
            }
        }
        catch (Exception e) when (IsMissingNode(e) && BaseOf(layer) is null)
        {
            return null;
        }
    }

    private static bool IsMissingNode(Exception e) =>
        e is StateCorruptException || (e is AggregateException all && all.InnerExceptions.All(inner => inner is StateCorruptException));

    private static void AddTo(LayerFilter filter, StateChanges changes)
    {
        foreach (KeyValuePair<Address, AccountChange> change in changes.Accounts)
        {
            Address address = change.Key;
            ulong key = LayerFilter.KeyOf(in address);
            filter.Add(key);
            if (change.Value.StorageCleared || change.Value.After is null)
            {
                filter.Add(LayerFilter.ClearedKeyOf(key));
            }

            if (change.Value.Storage is { } storage)
            {
                foreach (KeyValuePair<UInt256, UInt256> slot in storage)
                {
                    UInt256 plain = slot.Key;
                    filter.Add(LayerFilter.KeyOf(key, in plain));
                }
            }
        }
    }

    /// <summary>A filter with the keys of all layers down to the flattened one. Keys of layers that were flattened since are left out when it is made anew.</summary>
    private static LayerFilter FilterOn(StateLayer parent, StateLayer ground)
    {
        if (parent.Content is not { } content)
        {
            return new LayerFilter();
        }

        if (ReferenceEquals(content.Base, ground))
        {
            return new LayerFilter(content.Filter);
        }

        LayerFilter filter = new();
        for (StateLayer? at = parent; at?.Content is { } below; at = below.Parent)
        {
            AddTo(filter, below.Changes);
        }

        return filter;
    }

    /// <summary>The flattened layer that a layer stands on; null where its fork was discarded.</summary>
    private StateLayer? BaseOf(StateLayer layer)
    {
        while (layer.Content is { } content)
        {
            layer = content.Parent;
        }

        return ReferenceEquals(layer, Flattened) ? layer : null;
    }

    private TrieSlot VerifiedRoot()
    {
        TrieSlot unknown = new(TrieSlotKind.Unknown, null, _head.StateRoot, isInline: false);
        TrieSlot root = TrieUpdate.LoadRoot(Disk, null, in unknown);
        Hash256 computed = root.Node switch
        {
            TrieBranch branch => TrieEncoding.RootOf(TrieEncoding.SlotOf(branch)),
            TrieLeaf => TrieEncoding.RootOf(in root),
            _ => Keccak256.OfEmptyRlpString,
        };
        return computed == _head.StateRoot
            ? root
            : throw new StateCorruptException($"The state of block {_head.BlockNumber} has the root {computed}, and it should be {_head.StateRoot}.");
    }
}
