using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Deployment;
using Cloud.Settlement.Following;
using Cloud.Settlement.Rollups;
using Cloud.Settlement.Watching;

namespace Cloud.Settlement.Keeping;

/// <summary>Does what the contract needs somebody to do: draws committees, removes bad checkpoints, drops what was not proven in time. With a key of its own, since pools refuse
/// other transactions of a key that posts blobs. Anybody may run one; a duty that somebody else has done costs nothing. Not safe for several threads.</summary>
public sealed class Keeper
{
    private const ulong SetUpGas = 3_000_000;
    private const ulong InvalidateGas = 1_500_000;
    private const ulong PruneGas = 200_000;

    private readonly L1Sender _sender;
    private readonly Address _rollup;
    private readonly RollupClock _clock;
    private readonly SortedDictionary<ulong, Accusation> _accusations = [];
    private ulong? _setUp;

    /// <summary>Makes a keeper.</summary>
    /// <param name="sender">Who pays.</param>
    /// <param name="rollup">The contract.</param>
    /// <param name="clock">The contract's time.</param>
    public Keeper(L1Sender sender, Address rollup, RollupClock clock)
    {
        _sender = sender;
        _rollup = rollup;
        _clock = clock;
    }

    /// <summary>Tells it what a follower found out: it remembers which checkpoints are bad.</summary>
    /// <param name="events">The follower's events.</param>
    public void Learn(IEnumerable<FollowerEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        foreach (FollowerEvent found in events)
        {
            switch (found)
            {
                case FollowerEvent.Invalid invalid:
                    _accusations[invalid.Number] = invalid.Accusation;
                    break;
                case FollowerEvent.RolledBack rolledBack:
                    foreach (ulong gone in _accusations.Keys.Where(number => number > rolledBack.Number).ToArray())
                    {
                        _accusations.Remove(gone);
                    }

                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Does what is due, and waits for the transactions.</summary>
    /// <param name="view">L1 as a watcher saw it last.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What was done; none where nothing was due. What failed is tried again at the next call.</returns>
    public async Task<ImmutableArray<KeeperAction>> TickAsync(WatcherView view, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(view);
        ImmutableArray<KeeperAction>.Builder done = ImmutableArray.CreateBuilder<KeeperAction>();
        RollupState state = view.State;
        if (_clock.EpochAt(view.Head.Timestamp) is not { } epoch)
        {
            return [];
        }

        // Once in an epoch, as early as possible: whoever sends the first transaction of an epoch picks the block.
        if (!state.Committees.ContainsKey(epoch + _clock.CommitteeLag) && _setUp != epoch)
        {
            SenderOutcome outcome = await _sender.SendAsync(_rollup, RollupCalls.SetUpEpoch(), default, SetUpGas, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (outcome is SenderOutcome.Mined or SenderOutcome.Reverted)
            {
                _setUp = epoch;
            }

            done.Add(new KeeperAction($"setUpEpoch {epoch}", outcome));
        }

        if (state.Pending.Number > state.Proven.Number && epoch > _clock.EpochOf(state.At(state.Proven.Number + 1)!.Record.Slot) + _clock.ProofWindow)
        {
            done.Add(new KeeperAction("prune", await _sender.SendAsync(_rollup, RollupCalls.Prune(), default, PruneGas, cancellationToken: cancellationToken).ConfigureAwait(false)));
            return done.ToImmutable();
        }

        // The lowest takes all above it along.
        foreach ((ulong number, Accusation accusation) in _accusations.ToArray())
        {
            _accusations.Remove(number);
            if (number > state.Proven.Number && state.At(number)?.Record == accusation.Checkpoint)
            {
                SenderOutcome outcome = await _sender.SendAsync(_rollup, RollupCalls.Invalidate(accusation), default, InvalidateGas, cancellationToken: cancellationToken).ConfigureAwait(false);
                if (outcome is not (SenderOutcome.Mined or SenderOutcome.Reverted))
                {
                    _accusations[number] = accusation;
                }

                done.Add(new KeeperAction($"invalidate {number}", outcome));
                break;
            }
        }

        return done.ToImmutable();
    }
}
