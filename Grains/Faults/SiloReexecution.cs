using Cloud.Grains.Feed;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Messages;
using Cloud.Replica.Node;

namespace Cloud.Grains.Faults;

/// <summary>Repeats claims with the silo's replica.</summary>
/// <param name="silo">The silo.</param>
public sealed class SiloReexecution(SiloNode silo) : IReexecution
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async ValueTask<bool?> ConfirmAsync(Evidence evidence, CancellationToken cancellationToken = default) => evidence switch
    {
        Evidence.InvalidChunk chunk => await Confirm(chunk.Proposal, cancellationToken),
        Evidence.AttestedToInvalid attested => await Confirm(attested.Proposal, cancellationToken),
        Evidence.InvalidCheckpoint checkpoint => await Confirm(checkpoint.Proposal.Header, cancellationToken),
        _ => null,
    };

    private async Task<bool?> Confirm(ChunkProposal proposal, CancellationToken cancellationToken)
    {
        ChunkCheck check = await silo.Replica.ExecuteIsolatedAsync(proposal, silo.Time.GetUtcNow() + Limit, cancellationToken);
        return VerdictTable.BlameOf(check.Verdict) switch
        {
            Blame.Proposer => true,
            Blame.None => false,
            _ => null,
        };
    }

    private async Task<bool?> Confirm(CheckpointHeader header, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using ITimer timer = silo.Time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, Limit, Timeout.InfiniteTimeSpan);
        try
        {
            return await silo.Replica.WaitForCheckpointAsync(header, limit.Token) switch
            {
                CheckpointCheck.Invalid => true,
                CheckpointCheck.Valid => false,
                _ => null,
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
