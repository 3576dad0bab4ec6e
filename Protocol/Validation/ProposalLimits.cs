using Cloud.Protocol.Messages;

namespace Cloud.Protocol.Validation;

/// <summary>Limits of proposals that every node must share.</summary>
/// <param name="MaxTransactionsPerChunk">Most transactions of a chunk, from 1 to <see cref="MessageLimits.MaxTransactionsPerChunk"/>.</param>
/// <param name="BodiesPermitted">Whether transactions' bodies may come along with a proposal.</param>
/// <param name="MaxFlashblocksPerChunk">Most flashblocks of a chunk.</param>
public sealed record ProposalLimits(int MaxTransactionsPerChunk, bool BodiesPermitted, int MaxFlashblocksPerChunk)
{
    /// <summary>All that decoding allows, with bodies, and 1,024 flashblocks.</summary>
    public static ProposalLimits Default { get; } = new(MessageLimits.MaxTransactionsPerChunk, BodiesPermitted: true, MaxFlashblocksPerChunk: 1024);
}
