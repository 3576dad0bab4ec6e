using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Replica.Chains;

/// <summary>A chunk under construction as if it ended with its newest flashblock. Immutable.</summary>
public sealed class PendingBlock
{
    /// <summary>The block's header, which the newest flashblock's block hash is the hash of.</summary>
    public required BlockHeader Header { get; init; }

    /// <summary>The block's hash.</summary>
    public required Hash256 Hash { get; init; }

    /// <summary>Its flashblocks from index 0, as they were signed; at least one.</summary>
    public required ImmutableArray<Flashblock> Flashblocks { get; init; }

    /// <summary>How many transactions the block has after each flashblock.</summary>
    public required ImmutableArray<int> Counts { get; init; }

    /// <summary>All transactions so far.</summary>
    public required ImmutableArray<Transaction> Transactions { get; init; }

    /// <summary>One for each transaction.</summary>
    public required ImmutableArray<Receipt> Receipts { get; init; }

    /// <summary>The state after the newest flashblock.</summary>
    public required IStateLayer State { get; init; }

    /// <summary>What the flashblocks changed, oldest first.</summary>
    public required ImmutableArray<StateChanges> Changes { get; init; }

    /// <summary>What the block uses so far.</summary>
    public required ChunkLimits Used { get; init; }

    /// <summary>The slot.</summary>
    public ulong Slot => Flashblocks[0].Payload.Slot;

    /// <summary>Index of the chunk in the slot.</summary>
    public uint Chunk => Flashblocks[0].Payload.Chunk;

    /// <summary>Height.</summary>
    public ulong Number => Header.Number;

    /// <summary>Whether the newest flashblock ends the chunk.</summary>
    public bool IsComplete => Flashblocks[^1].Payload.IsLast;

    /// <summary>Index of the flashblock that holds a transaction.</summary>
    /// <param name="index">Place of the transaction in the block, from 0.</param>
    /// <returns>The flashblock's index in the chunk.</returns>
    public int FlashblockOf(int index)
    {
        int flashblock = 0;
        while (Counts[flashblock] <= index)
        {
            flashblock++;
        }

        return flashblock;
    }
}
