using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.State;
using Cloud.Execution.Verification;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chains;

namespace Cloud.Replica.Node;

/// <summary>A chunk whose flashblocks come in: those that fit, those that are executed, and the session that executes them.</summary>
internal sealed class PendingSession(Flashblock first) : IDisposable
{
    internal ulong Slot { get; } = first.Payload.Slot;

    internal uint Chunk { get; } = first.Payload.Chunk;

    internal ulong Number { get; } = first.Payload.BlockNumber;

    internal FlashblockBase Base { get; } = first.Payload.Base!;

    internal Hash256 ParentHash => Base.ParentHash;

    /// <summary>How many messages from L1 it begins with.</summary>
    internal int Deposits { get; } = ReplicaNode.CountDeposits(first);

    /// <summary>The running hash of the inbox up to them; null as long as that is not known here.</summary>
    internal Hash256? InHash { get; set; }

    /// <summary>Flashblocks that fit and wait to be executed.</summary>
    internal Queue<Flashblock> Queue { get; } = [];

    internal ChunkVerification? Verification { get; set; }

    internal bool IsExecuting { get; set; }

    /// <summary>Execution gave something else than a flashblock says: nothing more of the chunk is shown.</summary>
    internal bool IsBroken { get; set; }

    internal bool IsDropped { get; private set; }

    /// <summary>Whether this process builds it.</summary>
    internal bool IsOwn { get; set; }

    /// <summary>What the slot's chunks below it use.</summary>
    internal ChunkLimits UsedBelow { get; set; }

    /// <summary>What is executed; null before the first flashblock is.</summary>
    internal PendingBlock? Block { get; private set; }

    /// <summary>Adds the next flashblock with what executing it gave.</summary>
    internal PendingBlock Add(
        Flashblock flashblock,
        BlockHeader header,
        ImmutableArray<Transaction> transactions,
        ImmutableArray<Receipt> receipts,
        IStateLayer state,
        StateChanges changes,
        in ChunkLimits used) => Block = new PendingBlock
        {
            Header = header,
            Hash = flashblock.Payload.Diff.BlockHash,
            Flashblocks = (Block?.Flashblocks ?? []).Add(flashblock),
            Counts = (Block?.Counts ?? []).Add(transactions.Length),
            Transactions = transactions,
            Receipts = receipts,
            State = state,
            Changes = (Block?.Changes ?? []).Add(changes),
            Used = used,
        };

    public void Dispose()
    {
        IsDropped = true;
        if (!IsExecuting)
        {
            Verification?.Dispose();
            Verification = null;
        }
    }
}
