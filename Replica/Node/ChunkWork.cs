using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Replica.Node;

/// <summary>A chunk that was delivered and is on its way through re-execution.</summary>
internal sealed class ChunkWork(ChunkProposal proposal, Hash256 blockHash)
{
    internal ChunkProposal Proposal { get; set; } = proposal;

    internal ChunkHeader Header => Proposal.Header;

    internal Hash256 BlockHash { get; } = blockHash;

    internal ChunkWorkState State { get; set; }

    /// <summary>When to stop waiting for what is missing.</summary>
    internal DateTimeOffset Deadline { get; set; }

    /// <summary>Bodies that are here.</summary>
    internal Dictionary<Hash256, Transaction> Bodies { get; } = [];

    internal bool IsPulling { get; set; }

    internal int Pulls { get; set; }

    internal DateTimeOffset NextPull { get; set; }

    /// <summary>Whether L1 has it: then it is executed whatever its slot's deadlines say.</summary>
    internal bool IsFromL1 { get; set; }

    /// <summary>What came out; null while it is not known.</summary>
    internal ChunkCheck? Check { get; set; }

    internal List<TaskCompletionSource<ChunkCheck>> Waiters { get; } = [];
}
