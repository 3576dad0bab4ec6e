using Cloud.Settlement.Deployment;
using Cloud.Settlement.Following;
using Cloud.Settlement.Keeping;
using Cloud.Settlement.Proving;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cloud.Silo.Rollups;

/// <summary>What somebody has to do on L1 for a rollup, by what L1 alone shows: draw committees, remove bad checkpoints, prove epochs.</summary>
public sealed partial class L1Duties : BackgroundService
{
    private readonly Prover _prover;
    private readonly Keeper _keeper;
    private readonly Func<bool> _isDuty;
    private readonly TimeSpan _poll;
    private readonly TimeProvider _time;
    private readonly ILogger<L1Duties> _logger;

    internal L1Duties(Prover prover, Keeper keeper, Func<bool> isDuty, TimeSpan poll, TimeProvider time, ILogger<L1Duties> logger)
    {
        _prover = prover;
        _keeper = keeper;
        _isDuty = isDuty;
        _poll = poll;
        _time = time;
        _logger = logger;
    }

    /// <summary>How far the chain is rebuilt from L1 and blobs alone. Its state root is an independent check of the replica's.</summary>
    public FollowerProgress Followed => _prover.Follower.Progress;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await StepAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(exception);
            }

            await Task.Delay(_poll, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        // Somebody does it once; the others follow, so that they know what there is to do when it is their turn.
        bool isDuty = _isDuty();
        ProverStep step = isDuty
            ? await _prover.StepAsync(cancellationToken).ConfigureAwait(false)
            : new ProverStep(await _prover.Follower.StepAsync(cancellationToken).ConfigureAwait(false), null, 0, null, null);
        foreach (FollowerEvent found in step.Events)
        {
            if (found is not (FollowerEvent.Followed or FollowerEvent.Finalized))
            {
                LogFound(found.ToString());
            }
        }

        if (step.Submitted is { } submitted)
        {
            LogProof(step.Statement!.To, submitted.GetType().Name);
        }

        if (step.Problem is { } problem)
        {
            LogProblem(problem);
        }

        _keeper.Learn(step.Events);
        if (isDuty && _prover.Follower.View is { } view)
        {
            foreach (KeeperAction action in await _keeper.TickAsync(view, cancellationToken).ConfigureAwait(false))
            {
                if (action.Outcome is SenderOutcome.Mined)
                {
                    LogDuty(action.Duty);
                }
                else
                {
                    LogDutyFailed(action.Duty, action.Outcome.ToString());
                }
            }
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The duties on L1 failed; they are tried again")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(2, LogLevel.Information, "The follower of L1 found: {Found}")]
    private partial void LogFound(string found);

    [LoggerMessage(3, LogLevel.Information, "The proof up to checkpoint {To}: {Outcome}")]
    private partial void LogProof(ulong to, string outcome);

    [LoggerMessage(4, LogLevel.Warning, "The prover cannot sign or store: {Problem}")]
    private partial void LogProblem(string problem);

    [LoggerMessage(5, LogLevel.Debug, "Done on L1: {Duty}")]
    private partial void LogDuty(string duty);

    [LoggerMessage(6, LogLevel.Warning, "Not done on L1: {Duty}: {Outcome}")]
    private partial void LogDutyFailed(string duty, string outcome);
}
