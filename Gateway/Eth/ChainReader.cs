using System.Globalization;
using Cloud.Execution.Evm;
using Cloud.Execution.State;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chains;
using Cloud.Replica.Genesis;
using Cloud.Replica.Node;
using Cloud.Replica.Views;
using NodeTag = Cloud.Replica.Views.BlockTag;

namespace Cloud.Gateway.Eth;

/// <summary>Finds blocks and states that callers name, each in one view of the chain, so that an answer never mixes two moments.</summary>
internal sealed class ChainReader
{
    /// <summary>Makes a reader.</summary>
    /// <param name="node">The node.</param>
    public ChainReader(ReplicaNode node) => Node = node;

    /// <summary>The node.</summary>
    public ReplicaNode Node { get; }

    /// <summary>The rollup.</summary>
    public GenesisConfig Genesis => Node.Genesis;

    /// <summary>What a next block would be like.</summary>
    public BlockRules Rules => Node.Rules;

    /// <summary>The chain at this moment.</summary>
    public ReplicaView View => Node.View;

    /// <summary>Finds the block that a caller names.</summary>
    /// <param name="view">The view to look in.</param>
    /// <param name="reference">Which block.</param>
    /// <returns>The block; null where there is none, or where it is not kept any more.</returns>
    public static BlockView? FindBlock(ReplicaView view, BlockReference reference) => reference switch
    {
        BlockReference.Tagged tagged => view.FindBlock(TagOf(tagged.Tag)),
        BlockReference.ByNumber byNumber => view.FindBlock(byNumber.Number),
        // Receipts in a flashblock name their block by zeros: that block can be read, too.
        BlockReference.ByHash { Hash.IsZero: true } => view.Pending is null ? null : view.FindBlock(NodeTag.Pending),
        BlockReference.ByHash byHash => view.FindBlock(byHash.Hash),
        BlockReference.ByAnchor byAnchor => view.FindAnchor(byAnchor.Anchor) is { } anchor ? view.FindBlock(anchor.Number) : null,
        _ => throw new InvalidOperationException("Not a known reference."),
    };

    /// <summary>The height that a caller names.</summary>
    /// <param name="view">The view to look in.</param>
    /// <param name="reference">Which block.</param>
    /// <returns>The height, which need not exist; null where a hash is not known.</returns>
    public static ulong? NumberOf(ReplicaView view, BlockReference reference) => reference switch
    {
        BlockReference.Tagged tagged => view.NumberOf(TagOf(tagged.Tag)),
        BlockReference.ByNumber byNumber => byNumber.Number,
        _ => FindBlock(view, reference)?.Number,
    };

    /// <summary>Finds the state after the block that a caller names.</summary>
    /// <param name="view">The view to look in.</param>
    /// <param name="reference">Which block.</param>
    /// <param name="state">The state.</param>
    /// <returns>Why there is none, or null.</returns>
    public static RpcError? FindState(ReplicaView view, BlockReference reference, out IStateReader state)
    {
        IStateReader? found = reference is BlockReference.Tagged tagged ? view.FindState(TagOf(tagged.Tag)) : null;
        if (found is null && NumberOf(view, reference) is { } number)
        {
            found = view.FindState(number);
            if (found is null && number <= view.Latest.Number)
            {
                state = null!;
                return Pruned(view, number);
            }
        }

        state = found!;
        return found is null ? HeaderNotFound : null;
    }

    /// <summary>Finds the block that a caller names, and the state after it, to run calls there.</summary>
    /// <param name="view">The view to look in.</param>
    /// <param name="reference">Which block.</param>
    /// <param name="scene">Both.</param>
    /// <returns>Why there is none, or null.</returns>
    public RpcError? FindScene(ReplicaView view, BlockReference reference, out Scene scene)
    {
        scene = null!;
        if (FindBlock(view, reference) is not { } block)
        {
            return HeaderNotFound;
        }

        RpcError? error = FindState(view, reference, out IStateReader state);
        scene = new Scene(block.Header, state, ContextOf(block.Header, view), Genesis.Chain.RulesAt(block.Header.Timestamp));
        return error;
    }

    /// <summary>What the EVM sees of a block.</summary>
    /// <param name="header">The block.</param>
    /// <param name="view">Where earlier blocks are looked up.</param>
    /// <returns>The context.</returns>
    public BlockContext ContextOf(BlockHeader header, ReplicaView view) => new()
    {
        ChainId = Genesis.Chain.ChainId,
        Number = header.Number,
        Timestamp = header.Timestamp,
        Coinbase = header.FeeRecipient,
        GasLimit = header.GasLimit,
        BaseFee = header.BaseFeePerGas,
        PrevRandao = header.PrevRandao,
        BlockHashes = new ViewHashes(view),
    };

    /// <summary>The base fee of the block that transactions sent now are for.</summary>
    /// <param name="view">The chain.</param>
    /// <returns>In wei.</returns>
    public UInt256 NextBaseFee(ReplicaView view) => view.Pending is { IsComplete: false } open ? open.Header.BaseFeePerGas
        : Rules.BaseFeeAfter(view.Pending is { } pending ? pending.Header : view.Latest.Header);

    /// <summary>There is no such block.</summary>
    public static RpcError HeaderNotFound { get; } = RpcError.Server("header not found");

    /// <summary>The block's state is not kept any more.</summary>
    public static RpcError Pruned(ReplicaView view, ulong number) => new(
        RpcErrorCode.Pruned, string.Create(CultureInfo.InvariantCulture, $"pruned history unavailable: the state of block {number} is not kept any more, the oldest block is {view.Oldest}"));

    private static NodeTag TagOf(JsonRpc.BlockTag tag) => tag switch
    {
        JsonRpc.BlockTag.Pending => NodeTag.Pending,
        JsonRpc.BlockTag.Latest => NodeTag.Latest,
        JsonRpc.BlockTag.Safe => NodeTag.Safe,
        JsonRpc.BlockTag.Finalized => NodeTag.Finalized,
        _ => NodeTag.Earliest,
    };

    /// <summary>Hashes of the chain's blocks, as sealed: never that of a flashblock's prefix unless its block stands below another one.</summary>
    private sealed class ViewHashes(ReplicaView view) : IBlockHashes
    {
        public Hash256 GetBlockHash(ulong number)
        {
            ulong floor = view.Recent[0].Number;
            return number >= floor && number <= view.Latest.Number ? view.Recent[(int)(number - floor)].Hash : view.FindBlock(number)?.Hash ?? default;
        }
    }
}
