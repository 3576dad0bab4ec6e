using Cloud.Grains.Committees;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Publishing;
using Cloud.Grains.Tallies;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Work;
using Cloud.Settlement.L1Events;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Cloud.Grains.Publishing;

/// <summary>Hands certified checkpoints to L1 and remembers them until L1 has answered. That nothing is paid for twice is for <see cref="IL1"/> to see to: the same header is the same publication.</summary>
[Reentrant]
[KeepAlive]
internal sealed partial class PublisherGrain(
    [PersistentState(GrainStates.Publications, GrainStates.Storage)] IPersistentState<PublisherState> state,
    IL1 l1,
    PublisherPresence presence,
    RollupSettings rollup,
    CommitteeCache committees,
    IWorkRunner work,
    TimeProvider time,
    ILogger<PublisherGrain> logger) : Grain, IPublisherGrain, IDisposable
{
    private const int Remembered = 256;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    private readonly StateWriter<PublisherState> _writer = new(state);
    private readonly SortedDictionary<ulong, PublicationView> _views = [];
    private readonly CancellationTokenSource _stopped = new();
    private readonly Dictionary<Hash256, Task> _running = [];
    private readonly Dictionary<Hash256, Task<PublicationView>> _storing = [];

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (GrainKeys.IsRollup(this.GetPrimaryKeyString()))
        {
            presence.Set(true);
            foreach (StoredPublication stored in state.State.Pending)
            {
                Start(stored.ToRequest());
            }
        }

        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        presence.Set(false);
        await _stopped.CancelAsync();
    }

    public void Dispose() => _stopped.Dispose();

    public async Task<PublicationView> Publish(PublicationRequest request)
    {
        CheckpointHeader header = request.Proposal.Header;
        if (_views.TryGetValue(header.Slot, out PublicationView? known) && known.PayloadHash == header.Hash)
        {
            return known;
        }

        if (!GrainKeys.IsRollup(this.GetPrimaryKeyString()))
        {
            return new PublicationView(header.Slot, header.Hash, PublicationState.Rejected, null, "The key is not that of the rollup's publisher.");
        }

        if (await RefusalOf(request) is { } refusal)
        {
            return new PublicationView(header.Slot, header.Hash, PublicationState.Rejected, null, refusal);
        }

        // Calls interleave: the same request may have come again in the meantime, and what is being stored may still fail.
        if (_views.TryGetValue(header.Slot, out known) && known.PayloadHash == header.Hash)
        {
            return known;
        }

        if (!_storing.TryGetValue(header.Hash, out Task<PublicationView>? storing))
        {
            storing = Store(request);
            _storing[header.Hash] = storing;
        }

        return await storing;
    }

    public Task<PublicationView?> View(ulong slot) => Task.FromResult(_views.GetValueOrDefault(slot));

    public Task<int> Resume() => Task.FromResult(_running.Count);

    /// <summary>L1 refuses it too, but what is stored here until L1 has answered must be a checkpoint that the committee wants: of those there is one in a slot.</summary>
    private async Task<string?> RefusalOf(PublicationRequest request)
    {
        ulong slot = request.Proposal.Header.Slot;
        if (!rollup.IsNear(slot, time.GetUtcNow()))
        {
            return Replies.NoSuchPosition.Reason;
        }

        if (await committees.OfSlot(slot) is not Committee committee)
        {
            return Replies.CommitteeUnknown.Reason;
        }

        CertificateCheck check = await work.Run(() => request.Certificate.Check(rollup.Domains, committee));
        return check is not CertificateCheck.Valid ? $"The certificate is none: {check.GetType().Name}."
            : request.Certificate.CheckpointHash != request.Proposal.Header.Hash ? "The certificate is that of another checkpoint."
            : !request.Proposal.Header.CommitsTo([.. request.Chunks.Select(chunk => chunk.Header.Hash)]) ? "The chunks are not those that the checkpoint names."
            : request.Chunks.Any(chunk => chunk.Bodies is null) ? "A chunk is without its transactions."
            : null;
    }

    private async Task<PublicationView> Store(PublicationRequest request)
    {
        CheckpointHeader header = request.Proposal.Header;
        await Task.Yield();
        try
        {
            // A write that failed may have left it here.
            StoredPublication stored = StoredPublication.Of(request);
            state.State.Pending.RemoveAll(pending => pending.Proposal.AsSpan().SequenceEqual(stored.Proposal));
            state.State.Pending.Add(stored);
            await _writer.WriteAsync();
            return Start(request);
        }
        catch (Exception exception)
        {
            // What is stored decides; the proposer asks again.
            LogNotStored(logger, exception, header.Slot);
            await _writer.ReadAsync();
            throw;
        }
        finally
        {
            _storing.Remove(header.Hash);
        }
    }

    private PublicationView Show(PublicationView view)
    {
        _views[view.Slot] = view;
        if (_views.Count > Remembered)
        {
            _views.Remove(_views.Keys.First());
        }

        return view;
    }

    private PublicationView Start(PublicationRequest request)
    {
        CheckpointHeader header = request.Proposal.Header;
        PublicationView view = Show(new PublicationView(header.Slot, header.Hash, PublicationState.Pending, null, ""));
        if (!_running.ContainsKey(header.Hash))
        {
            _running[header.Hash] = Run(request);
        }

        return view;
    }

    private async Task Run(PublicationRequest request)
    {
        CheckpointHeader header = request.Proposal.Header;
        CheckpointPublication publication = new(header, request.Certificate, request.Chunks, request.NotBefore, request.Expires, request.InvalidateFirst);
        await Task.Yield();
        try
        {
            PublicationOutcome outcome = await Post(publication);
            Show(outcome switch
            {
                PublicationOutcome.Landed landed => new PublicationView(header.Slot, header.Hash, PublicationState.Landed, landed.Number, ""),
                PublicationOutcome.Rejected rejected => new PublicationView(header.Slot, header.Hash, PublicationState.Rejected, null, rejected.Reason.ToString()),
                _ => new PublicationView(header.Slot, header.Hash, PublicationState.Expired, null, "Its time is over."),
            });
            LogDone(logger, header.Slot, outcome);
            state.State.Pending.RemoveAll(pending => pending.Slot == header.Slot);
            await _writer.WriteAsync();
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            // The next activation goes on with it.
        }
        catch (Exception exception)
        {
            // Still in the store: it is posted again after a restart, and L1 knows the header.
            LogNotStored(logger, exception, header.Slot);
        }
        finally
        {
            _running.Remove(header.Hash);
        }
    }

    private async Task<PublicationOutcome> Post(CheckpointPublication publication)
    {
        while (true)
        {
            try
            {
                return await l1.PublishAsync(publication, _stopped.Token);
            }
            catch (Exception exception) when (exception is not OperationCanceledException && time.GetUtcNow() < publication.Expires)
            {
                LogAgain(logger, exception, publication.Header.Slot);
            }

            await Task.Delay(RetryDelay, time, _stopped.Token);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The checkpoint of slot {Slot}: {Outcome}")]
    private static partial void LogDone(ILogger logger, ulong slot, PublicationOutcome outcome);

    [LoggerMessage(2, LogLevel.Warning, "The publication of slot {Slot} failed; it is tried again")]
    private static partial void LogAgain(ILogger logger, Exception exception, ulong slot);

    [LoggerMessage(3, LogLevel.Warning, "The publication of slot {Slot} could not be stored")]
    private static partial void LogNotStored(ILogger logger, Exception exception, ulong slot);
}
