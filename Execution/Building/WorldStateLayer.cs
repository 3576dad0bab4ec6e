using Cloud.Execution.State;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Building;

/// <summary>A layer of the world state that a block is built on.</summary>
/// <param name="layer">The state after the parent block, or after a part of the block.</param>
/// <param name="blockNumber">The block whose changes are put on top.</param>
public sealed class WorldStateLayer(StateLayer layer, ulong blockNumber) : IStateLayer
{
    /// <summary>The layer itself, to be merged, flattened or proven.</summary>
    public StateLayer Layer => layer;

    /// <inheritdoc/>
    public Hash256 Root => layer.StateRoot;

    /// <inheritdoc/>
    /// <exception cref="ForkDiscardedException">Another fork was flattened.</exception>
    public IStateLayer Extend(StateChanges changes) =>
        new WorldStateLayer(
            layer.TryExtend(changes, blockNumber) ?? throw new ForkDiscardedException(blockNumber), blockNumber);

    /// <inheritdoc/>
    public IStateExtension TryBeginExtension() => new Extension(layer.BeginExtension(blockNumber), blockNumber);

    /// <inheritdoc/>
    public void Supersede() => layer.DropTrie();

    /// <inheritdoc/>
    public bool TryGetAccount(in Address address, out Account account) => layer.TryGetAccount(in address, out account);

    /// <inheritdoc/>
    public UInt256 GetStorage(in Address address, in UInt256 key) => layer.GetStorage(in address, in key);

    /// <inheritdoc/>
    public bool HasStorage(in Address address) => layer.HasStorage(in address);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash) => layer.GetCode(in codeHash);

    private sealed class Extension(LayerExtension extension, ulong blockNumber) : IStateExtension
    {
        public bool IsIdle => extension.IsIdle;

        public void Add(StateChanges changes, bool isLast) => extension.Add(changes, isLast);

        public IStateLayer Complete(out StateChanges all) =>
            new WorldStateLayer(extension.Complete(out all) ?? throw new ForkDiscardedException(blockNumber), blockNumber);

        public void Wait() => extension.Wait();
    }
}
