using Cloud.Execution.State.Tries;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>
/// The world state after a block, or after a part of one: the layer below with some changes. Immutable; to extend it or to drop a fork costs nothing that grows with
/// the state. A fork is a reference to a layer, and is discarded by letting go of it. Safe for use by several threads.
/// </summary>
/// <remarks>When its block is flattened a layer goes on as a view of the disk, which history answers once later blocks are flattened too.</remarks>
public sealed class StateLayer : IStateReader
{
    private readonly WorldState _world;
    private LayerContent? _content;
    private TrieRoot? _trie;
    private bool _isPart;

    internal StateLayer(WorldState world, ulong blockNumber, in Hash256 stateRoot, TrieRoot trie, LayerContent? content)
    {
        _world = world;
        BlockNumber = blockNumber;
        StateRoot = stateRoot;
        _trie = trie;
        _content = content;
    }

    /// <summary>The block that the layer is the state of, or a part of.</summary>
    public ulong BlockNumber { get; }

    /// <summary>Root of the trie of accounts.</summary>
    public Hash256 StateRoot { get; }

    /// <summary>Whether the layer is on disk.</summary>
    public bool IsFlattened => Content is null;

    /// <summary>The layer below; null once this one is on disk.</summary>
    public StateLayer? Parent => Content?.Parent;

    internal LayerContent? Content => Volatile.Read(ref _content);

    // Written before the content goes, and read after it.
    private ulong ReadableBlock => _isPart ? throw new StateUnavailableException(BlockNumber, BlockNumber) : BlockNumber;

    internal TrieRoot? Trie => Volatile.Read(ref _trie);

    /// <summary>Puts changes on top, and computes the new root.</summary>
    /// <param name="changes">What changes. The layer keeps them: nobody may write to them afterwards.</param>
    /// <param name="blockNumber">This layer's block for a further part of it, which is not possible once it is flattened, or the next one. On a new state: any.</param>
    /// <returns>The new layer; null where this fork was discarded, since another one was flattened, or where a later part of the block has superseded this one.</returns>
    /// <exception cref="ArgumentException">The block does not follow.</exception>
    public StateLayer? TryExtend(StateChanges changes, ulong blockNumber)
    {
        RequireFollows(blockNumber);
        return _world.TryExtend(this, changes, blockNumber);
    }

    /// <summary>Begins a layer on top whose changes come part by part.</summary>
    /// <param name="blockNumber">As in <see cref="TryExtend"/>.</param>
    internal LayerExtension BeginExtension(ulong blockNumber)
    {
        RequireFollows(blockNumber);
        return new LayerExtension(_world, this, blockNumber);
    }

    /// <summary>Joins parts of one block, such as the flashblocks of a chunk, into one layer.</summary>
    /// <param name="ancestor">The layer to stand on: an earlier part of the block, or the block before.</param>
    /// <returns>A layer with this one's state and the ancestor as its parent; null where the ancestor is none or the fork was discarded.</returns>
    /// <exception cref="ArgumentException">Blocks would be joined.</exception>
    public StateLayer? TryMergeOnto(StateLayer ancestor) => BlockNumber - ancestor.BlockNumber <= 1
        ? _world.TryMerge(this, ancestor)
        : throw new ArgumentException($"Blocks {ancestor.BlockNumber + 1} to {BlockNumber} cannot be joined into one layer.", nameof(ancestor));

    /// <inheritdoc/>
    /// <exception cref="StateUnavailableException">The layer's block left the history, or the layer is of a discarded fork off the middle of a flattened block.</exception>
    public bool TryGetAccount(in Address address, out Account account)
    {
        StateLayer layer = this;
        if (Content is { } newest && !newest.Filter.MayContain(LayerFilter.KeyOf(in address)))
        {
            layer = newest.Base;
        }

        while (layer.Content is { } content)
        {
            if (content.Changes.Accounts.TryGetValue(address, out AccountChange? change))
            {
                account = change.After.GetValueOrDefault();
                return change.After is not null;
            }

            layer = content.Parent;
        }

        bool found = _world.Disk.TryGetAccount(layer.ReadableBlock, StateKeys.OfAddress(in address), out AccountRecord record);
        account = record.Account;
        return found;
    }

    /// <inheritdoc/>
    public UInt256 GetStorage(in Address address, in UInt256 key)
    {
        StateLayer layer = this;
        if (Content is { } newest)
        {
            ulong addressKey = LayerFilter.KeyOf(in address);
            if (!newest.Filter.MayContain(LayerFilter.KeyOf(addressKey, in key)) && !newest.Filter.MayContain(LayerFilter.ClearedKeyOf(addressKey)))
            {
                layer = newest.Base;
            }
        }

        while (layer.Content is { } content)
        {
            if (content.Changes.Accounts.TryGetValue(address, out AccountChange? change))
            {
                if (change.Storage is { } storage && storage.TryGetValue(key, out UInt256 value))
                {
                    return change.After is null ? UInt256.Zero : value;
                }

                if (change.StorageCleared || change.After is null)
                {
                    return UInt256.Zero;
                }
            }

            layer = content.Parent;
        }

        return _world.Disk.GetStorage(layer.ReadableBlock, StateKeys.OfAddress(in address), StateKeys.OfSlot(in key));
    }

    /// <inheritdoc/>
    public bool HasStorage(in Address address)
    {
        Hash256 empty = Keccak256.OfEmptyRlpString;
        StateLayer layer = this;
        while (layer.Content is { } content)
        {
            if (content.Update.StorageRoots.TryGetValue(address, out Hash256 root))
            {
                return root != empty;
            }

            layer = content.Parent;
        }

        return _world.Disk.TryGetAccount(layer.ReadableBlock, StateKeys.OfAddress(in address), out AccountRecord record) && record.StorageRoot != empty;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash)
    {
        if (codeHash == Keccak256.OfEmpty)
        {
            return default;
        }

        StateLayer layer = this;
        while (layer.Content is { } content)
        {
            if (content.Changes.Code.TryGetValue(codeHash, out ReadOnlyMemory<byte> code))
            {
                return code;
            }

            layer = content.Parent;
        }

        return _world.Disk.GetCode(in codeHash);
    }

    /// <summary>Proves an account and some of its slots against <see cref="StateRoot"/> (EIP-1186).</summary>
    /// <param name="address">Which account; that there is none is proven, too.</param>
    /// <param name="slots">Which slots, before hashing.</param>
    /// <returns>The proof; null where the layer's trie is gone, since a later block or another fork was flattened.</returns>
    public AccountProof? TryProve(in Address address, ReadOnlySpan<UInt256> slots) => _world.TryProve(this, in address, slots);

    /// <summary>Lets the disk answer from now on.</summary>
    /// <param name="isPart">Whether the block has later parts: then nobody knows this layer's state any more.</param>
    /// <param name="keepTrie">Whether layers will be put on top.</param>
    internal void BecomeFlattened(bool isPart, bool keepTrie)
    {
        _isPart = isPart;
        Volatile.Write(ref _content, null);
        if (!keepTrie)
        {
            DropTrie();
        }
    }

    private void RequireFollows(ulong blockNumber)
    {
        if (blockNumber != BlockNumber + 1 && (blockNumber != BlockNumber || IsFlattened) && !_world.IsNew)
        {
            throw new ArgumentException($"Block {blockNumber} does not follow block {BlockNumber}.", nameof(blockNumber));
        }
    }

    internal void DropTrie() => Volatile.Write(ref _trie, null);
}
