using System.Collections.Immutable;
using Cloud.Execution.Blocks;
using Cloud.Execution.Building;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Genesis;
using Cloud.Storage;

namespace Cloud.Replica.Chains;

/// <summary>Blocks and world state in two folders. What ended the process before does not matter: blocks are written before the state that stands on them.</summary>
public sealed class DiskChainStorage : IChainStorage
{
    private readonly string _directory;
    private readonly WorldState _world;
    private readonly BlockStore _blocks;
    private readonly ulong _history;

    private DiskChainStorage(string directory, WorldState world, BlockStore blocks, int history)
    {
        _directory = directory;
        _world = world;
        _blocks = blocks;
        _history = (ulong)history;
    }

    /// <inheritdoc/>
    public BlockHeader? Head { get; private set; }

    /// <inheritdoc/>
    public ulong Oldest => _blocks.Oldest ?? 0;

    /// <summary>Opens the folders, and makes them where there are none.</summary>
    /// <param name="directory">A folder for this storage alone.</param>
    /// <param name="options">How the state is kept; its history is also how many blocks are kept.</param>
    /// <returns>The storage, to be disposed.</returns>
    /// <exception cref="StorageException">A folder is in use, or damaged, or of another format.</exception>
    public static DiskChainStorage Open(string directory, WorldStateOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        WorldState world = WorldState.Open(Path.Combine(directory, "state"), options);
        BlockStore? blocks = null;
        try
        {
            blocks = BlockStore.Open(Path.Combine(directory, "blocks"), options.SyncMode);
            DiskChainStorage storage = new(directory, world, blocks, options.HistoryBlocks);
            storage.Recover();
            return storage;
        }
        catch
        {
            blocks?.Dispose();
            world.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public BlockHeader Initialize(GenesisConfig genesis)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        if (Head is { } head)
        {
            return head;
        }

        StateLayer layer = _world.Flattened.TryExtend(GenesisBlock.ChangesOf(genesis), 0) ?? throw new InvalidOperationException("A new world state has another fork.");
        BlockHeader header = GenesisBlock.HeaderOf(genesis, layer.StateRoot);
        if (_blocks.Head is null)
        {
            _blocks.Append(new Block(header, []), []);
        }

        _world.TryFlatten(layer, header.ComputeHash());
        return Head = header;
    }

    /// <inheritdoc/>
    public IStateLayer OpenHead() => new WorldStateLayer(_world.Flattened, _world.Flattened.BlockNumber + 1);

    /// <inheritdoc/>
    public IStateLayer? Seal(IStateLayer state, ulong number)
    {
        StateLayer layer = ((WorldStateLayer)state).Layer;
        if (layer.BlockNumber < number)
        {
            // A block that changes nothing still is a step of the state: the next block stands on it.
            StateLayer? empty = layer.TryExtend(new StateChanges(), number);
            if (empty is null)
            {
                return null;
            }

            layer = empty;
        }

        return new WorldStateLayer(layer, number + 1);
    }

    /// <inheritdoc/>
    public void Store(IReadOnlyList<ExecutedBlock> blocks)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        ExecutedBlock[] next = [.. blocks.Where(block => block.Number > Head!.Number)];
        if (next.Length == 0)
        {
            return;
        }

        ulong stored = _blocks.Head ?? 0;
        foreach (ExecutedBlock block in next)
        {
            if (block.Number > stored)
            {
                _blocks.Append(new Block(block.Header, block.Transactions), block.Receipts);
            }
        }

        ExecutedBlock last = next[^1];
        if (!_world.TryFlatten(((WorldStateLayer)last.State).Layer, last.Hash))
        {
            throw new InvalidOperationException($"Block {last.Number} does not stand on block {Head!.Number}, which is stored.");
        }

        Head = last.Header;
        if (last.Number > _history)
        {
            _blocks.RemoveBefore(last.Number - _history);
        }
    }

    /// <inheritdoc/>
    public Block? TryGetBlock(ulong number) => number <= Head?.Number ? _blocks.TryGetBlock(number) : null;

    /// <inheritdoc/>
    public ImmutableArray<Receipt> TryGetReceipts(ulong number) => number <= Head?.Number ? _blocks.TryGetReceipts(number) : default;

    /// <inheritdoc/>
    public bool TryFindBlock(in Hash256 hash, out ulong number) => _blocks.TryFindBlock(in hash, out number) && number <= Head?.Number;

    /// <inheritdoc/>
    public bool TryFindTransaction(in Hash256 hash, out TransactionPlace place) => _blocks.TryFindTransaction(in hash, out place) && place.BlockNumber <= Head?.Number;

    /// <inheritdoc/>
    public LogSearch FindLogs(LogFilter filter, ulong from, ulong to, int limit, CancellationToken cancellationToken) =>
        _blocks.FindLogs(filter, from, Math.Min(to, Head?.Number ?? 0), limit, cancellationToken);

    /// <inheritdoc/>
    public bool TryGetState(ulong number, out IStateReader? state) => _world.TryGetSnapshot(number, out state);

    /// <inheritdoc/>
    public AccountProof? TryProve(IStateReader state, in Address address, ReadOnlySpan<UInt256> slots) => state switch
    {
        WorldStateLayer view => view.Layer.TryProve(in address, slots),
        StateLayer layer => layer.TryProve(in address, slots),
        _ => null,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        _blocks.Dispose();
        _world.Dispose();
    }

    /// <summary>A crash may have come after blocks were written and before their state was: those are executed again, and are the same.</summary>
    private void Recover()
    {
        if (_world.IsNew)
        {
            return;
        }

        ulong number = _world.Flattened.BlockNumber;
        Block? block = _blocks.TryGetBlock(number);
        if (block is null || block.Hash != _world.FlattenedHash || block.Header.StateRoot != _world.Flattened.StateRoot)
        {
            throw new StorageException(
                StorageFault.CorruptFile,
                _directory,
                $"The state is at block {number}, {_world.FlattenedHash}, and the blocks have {(block is null ? "none with that number" : block.Hash)}.",
                "Delete the folder; the node builds it again from L1.");
        }

        _blocks.RemoveFrom(number + 1);
        Head = block.Header;
    }
}
