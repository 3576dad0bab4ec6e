using Cloud.Gateway.Eth;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chains;
using Cloud.Replica.Views;

namespace Cloud.Gateway.Subscriptions;

/// <summary>The newest blocks by hash, so that what a reorganisation takes back can still be told. None is kept longer than the node has it in memory: what is settled is not taken back. For one thread.</summary>
internal sealed class RecentBlocks
{
    private const int Capacity = 256;

    private readonly Dictionary<Hash256, BlockView> _blocks = [];
    private readonly Queue<Hash256> _order = [];

    /// <summary>Keeps a block.</summary>
    /// <param name="block">The block.</param>
    public void Add(ExecutedBlock block)
    {
        if (!_blocks.TryAdd(block.Hash, BlockJson.ViewOf(block)))
        {
            return;
        }

        _order.Enqueue(block.Hash);
        if (_order.Count > Capacity)
        {
            _blocks.Remove(_order.Dequeue());
        }
    }

    /// <summary>Forgets blocks that are settled.</summary>
    /// <param name="number">Height of the newest one.</param>
    public void ForgetThrough(ulong number)
    {
        while (_order.TryPeek(out Hash256 oldest) && _blocks[oldest].Number <= number)
        {
            _blocks.Remove(_order.Dequeue());
        }
    }

    /// <summary>Finds a block.</summary>
    /// <param name="hash">Its hash.</param>
    /// <returns>The block; null where it is not kept.</returns>
    public BlockView? Find(in Hash256 hash) => _blocks.GetValueOrDefault(hash);
}
