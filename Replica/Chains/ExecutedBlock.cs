using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chain;

namespace Cloud.Replica.Chains;

/// <summary>A block that was executed here, with the state after it.</summary>
public sealed class ExecutedBlock
{
    /// <summary>The block's header.</summary>
    public required BlockHeader Header { get; init; }

    /// <summary>The block's hash.</summary>
    public required Hash256 Hash { get; init; }

    /// <summary>The chunk; null for genesis and for the block at which memory starts.</summary>
    public ChunkProposal? Proposal { get; init; }

    /// <summary>The transactions in order; empty for the block at which memory starts.</summary>
    public ImmutableArray<Transaction> Transactions { get; init; } = [];

    /// <summary>One for each transaction.</summary>
    public ImmutableArray<Receipt> Receipts { get; init; } = [];

    /// <summary>The state after the block, sealed: what the next block is executed on.</summary>
    public required IStateLayer State { get; init; }

    /// <summary>What the block changed, oldest first; null where that is not known.</summary>
    public ImmutableArray<StateChanges>? Changes { get; init; }

    /// <summary>What the block uses.</summary>
    public ChunkLimits Used { get; init; }

    /// <summary>What the chunks of its slot use up to this one.</summary>
    public ChunkLimits UsedInSlot { get; init; }

    /// <summary>Height.</summary>
    public ulong Number => Header.Number;

    /// <summary>The block's name.</summary>
    public BlockId Id => new(Header.Number, Hash);

    /// <summary>The slot; null where <see cref="Proposal"/> is.</summary>
    public ulong? Slot => Proposal?.Header.Slot;
}
