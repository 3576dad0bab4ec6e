using System.Collections.Immutable;
using Cloud.Grains.Committees;
using Cloud.Grains.Faults;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Faults;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Interfaces.Slots;
using Cloud.Grains.Tallies;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Faults;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Validation;
using Cloud.Replica.Work;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Cloud.Grains.Slots;

/// <summary>Holds a <see cref="SlotTally"/> and the list of the silos that take part, and tells them by direct call what must not be lost.</summary>
[Reentrant]
[RandomPlacement]
[CollectionAgeLimit(Minutes = 3)]
internal sealed partial class SlotGrain(
    [PersistentState(GrainStates.Tally, GrainStates.Storage)] IPersistentState<TallyState> state,
    RollupSettings rollup,
    CommitteeCache committees,
    IWorkRunner work,
    TimeProvider time,
    ILogger<SlotGrain> logger) : Grain, ISlotGrain
{
    private readonly StateWriter<TallyState> _writer = new(state);
    private readonly Dictionary<string, ISiloFeed> _silos = new(StringComparer.Ordinal);
    private readonly SortedDictionary<uint, List<ChunkNotice>> _chunks = [];
    private readonly SortedDictionary<uint, ChunkCertificate> _certificates = [];
    private ulong _slot;
    private bool _isPosition;
    private SlotTally? _tally;
    private IGrainTimer? _end;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _isPosition = GrainKeys.TryReadNumber(this.GetPrimaryKeyLong(), out _slot);
        return Task.CompletedTask;
    }

    public async Task<SlotView?> Enter(string silo, ISiloFeed feed)
    {
        if (await Tally() is null)
        {
            return null;
        }

        if (_silos.Count < FeedLimits.MaxSilos || _silos.ContainsKey(silo))
        {
            _silos[silo] = feed;
        }

        return await View();
    }

    public Task Announce(ChunkNotice notice)
    {
        if (!_isPosition || notice.Slot != _slot || notice.Index >= (uint)rollup.Timetable.Consensus.Timing.MaxChunksPerSlot)
        {
            return Task.CompletedTask;
        }

        if (!_chunks.TryGetValue(notice.Index, out List<ChunkNotice>? known))
        {
            _chunks.Add(notice.Index, known = []);
        }

        if (!known.Exists(other => other.ChunkHash == notice.ChunkHash) && known.Count < PoolCaps.Default.ChunksPerPosition)
        {
            known.Add(notice);
        }

        Tell(feed => feed.Announce(notice));
        return Task.CompletedTask;
    }

    public Task Certified(ChunkCertificate certificate)
    {
        if (_isPosition && certificate.Slot == _slot)
        {
            _certificates.TryAdd(certificate.Index, certificate);
            Tell(feed => feed.Certified(certificate));
        }

        return Task.CompletedTask;
    }

    public async Task<MessageReply> Propose(CheckpointProposal proposal)
    {
        if (await Tally() is not { } tally)
        {
            return Refusal();
        }

        DateTimeOffset now = time.GetUtcNow();
        Validity validity = await work.Run(() => rollup.Validator.Validate(proposal, new SlotCommittee.Known(tally.Committee), now));
        if (validity is Validity.Accepted && proposal.LastChunk is { } lastChunk && lastChunk.Header.Slot == _slot)
        {
            // Its grain decides about the chunk; a second one of its position is evidence there.
            MessageReply reply = await GrainFactory.Chunk(_slot, lastChunk.Header.Index).Propose(lastChunk);
            if (reply.Outcome is MessageOutcome.Equivocation)
            {
                return new MessageReply(MessageOutcome.Rejected, nameof(RejectReason.LastChunkEquivocates));
            }
        }

        ProposalResult<CheckpointCertificate> result = tally.Add(new Validated<CheckpointProposal>(proposal, validity));
        if (result.Outcome is ProposalOutcome.Accepted or ProposalOutcome.Duplicate or ProposalOutcome.Equivocation)
        {
            // A second one too: nobody processes a slot any more whose proposer signed two checkpoints.
            Tell(feed => feed.Proposed(proposal));
        }

        if (result.Outcome is ProposalOutcome.Equivocation { Evidence: { } evidence })
        {
            GrainFactory.Report(evidence, logger);
        }

        if (result.Outcome is ProposalOutcome.Accepted or ProposalOutcome.Equivocation)
        {
            Store(tally);
        }

        Certify(tally, result.Certificates);
        return Replies.Of(result.Outcome);
    }

    public async Task<BatchReply> Attest(ImmutableArray<CheckpointAttestation> batch)
    {
        if (AttestationBatch.Refusal(batch) is { } refused)
        {
            return refused;
        }

        if (await Tally() is not { } tally)
        {
            return Replies.All(batch.Length, Refusal());
        }

        DateTimeOffset now = time.GetUtcNow();
        SlotCommittee committee = new SlotCommittee.Known(tally.Committee);
        Validated<CheckpointAttestation>[] validated = await AttestationBatch.ValidateAsync(work, batch, attestation => rollup.Validator.Validate(attestation, committee, now));
        AttestationResult<CheckpointCertificate> result = tally.Add(validated, now);
        foreach (Evidence evidence in result.Evidence)
        {
            GrainFactory.Report(evidence, logger);
        }

        Certify(tally, result.Certificates);
        return new BatchReply([.. result.Outcomes.Select(Replies.Of)], tally.Certificate(AttestationKind.Executed) is not null);
    }

    public async Task<SlotView?> View()
    {
        if (await Tally() is not { } tally)
        {
            return null;
        }

        return new SlotView(
            _slot,
            tally.Proposer,
            [.. _chunks.Values.SelectMany(notices => notices)],
            [.. _certificates.Values],
            tally.Proposal,
            tally.Certificate(AttestationKind.Executed),
            tally.Signers(AttestationKind.Executed),
            tally.Missing(AttestationKind.Executed));
    }

    private MessageReply Refusal() => _isPosition && rollup.IsNear(_slot, time.GetUtcNow()) ? Replies.CommitteeUnknown : Replies.NoSuchPosition;

    private async ValueTask<SlotTally?> Tally()
    {
        if (_tally is { } known)
        {
            return known;
        }

        DateTimeOffset now = time.GetUtcNow();
        if (!_isPosition || !rollup.IsNear(_slot, now) || await committees.OfSlot(_slot) is not Committee committee)
        {
            return null;
        }

        if (_tally is null)
        {
            SlotTally tally = new(rollup.Context, _slot, committee.ProposerAt(_slot), committee);
            tally.Restore(
                state.State.Proposals.Select(encoded => Read<CheckpointProposal>(encoded)), state.State.Certificates.Select(encoded => Read<CheckpointCertificate>(encoded)), now);
            _tally = tally;

            // When attesting is over, what became of the slot is noted. Its chunks are pulled until then.
            TimeSpan left = rollup.Timetable.Consensus.AttestationDeadline(_slot) - now;
            if (left > TimeSpan.Zero)
            {
                _end = this.RegisterGrainTimer(ReportAsync, new GrainTimerCreationOptions(left, Timeout.InfiniteTimeSpan) { Interleave = true, KeepAlive = true });
            }
        }

        return _tally;
    }

    private T Read<T>(byte[] encoded)
        where T : IMessage<T> => T.Decode(encoded) is Decoded<T>.Ok ok
            ? ok.Value
            : throw new InvalidDataException($"The stored state of slot {_slot} holds what is no {T.Kind}.");

    private void Certify(SlotTally tally, ImmutableArray<CheckpointCertificate> certificates)
    {
        foreach (CheckpointCertificate certificate in certificates)
        {
            Tell(feed => feed.Certified(certificate));
            LogCertified(logger, _slot, certificate.Signers.Count);
        }

        if (!certificates.IsEmpty)
        {
            Store(tally);
        }
    }

    private void Tell(Func<ISiloFeed, Task> call)
    {
        foreach (ISiloFeed silo in _silos.Values)
        {
            call(silo).Forget(logger);
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        _end?.Dispose();
        _end = null;
        SlotTally tally = _tally!;
        SlotResult result = tally.Certificate(AttestationKind.Executed) is not null ? SlotResult.CheckpointValid
            : tally.Proposal is not null ? SlotResult.CheckpointUnvalidated
            : _chunks.Count > 0 ? SlotResult.CheckpointMissed
            : SlotResult.ChunksMissed;
        await GrainFactory.Slasher().Note(new SlotReport(
            _slot,
            tally.Proposer,
            result,
            [.. tally.AttendanceOf(AttestationKind.Executed).Select(member => new MemberReport(member.Member, member.Attendance, member.At))]));
    }

    private void Store(SlotTally tally) => StoreAsync(tally).Forget(logger);

    private async Task StoreAsync(SlotTally tally)
    {
        state.State.Proposals = [.. tally.Proposals.Select(proposal => proposal.Encode())];
        state.State.Certificates = tally.Certificate(AttestationKind.Executed) is { } certificate ? [certificate.Encode()] : [];
        try
        {
            await _writer.WriteAsync();
        }
        catch (Exception exception)
        {
            LogNotStored(logger, exception, _slot);
            await _writer.ReadAsync();
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "The checkpoint of slot {Slot} is certified by {Signers} signers")]
    private static partial void LogCertified(ILogger logger, ulong slot, int signers);

    [LoggerMessage(2, LogLevel.Warning, "Slot {Slot} could not be stored")]
    private static partial void LogNotStored(ILogger logger, Exception exception, ulong slot);
}
