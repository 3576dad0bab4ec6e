using Cloud.Grains.Committees;
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
internal sealed class SlotGrain(
    [PersistentState(GrainStates.Tally, GrainStates.Storage)] IPersistentState<TallyState> state,
    RollupSettings rollup,
    CommitteeCache committees,
    IWorkRunner work,
    TimeProvider time,
    ILogger<SlotGrain> logger) : TallyGrain<SlotTally, CheckpointProposal, CheckpointAttestation, CheckpointCertificate>(state, rollup, committees, work, time, logger), ISlotGrain
{
    private readonly IWorkRunner _work = work;
    private readonly Dictionary<string, ISiloFeed> _silos = new(StringComparer.Ordinal);
    private readonly SortedDictionary<uint, List<ChunkNotice>> _chunks = [];
    private readonly SortedDictionary<uint, ChunkCertificate> _certificates = [];
    private ulong _slot;
    private bool _isPosition;
    private IGrainTimer? _end;

    private protected override ulong Slot => _slot;

    private protected override bool IsPosition => _isPosition;

    private protected override string Position => $"Slot {_slot}";

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
        if (!_isPosition || notice.Slot != _slot || notice.Index >= (uint)Rollup.Timetable.Consensus.Timing.MaxChunksPerSlot)
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

    public async Task Certified(ChunkCertificate certificate)
    {
        // Checked before it is kept: one that is none would keep the chunk's own out.
        if (certificate.Slot == _slot && certificate.Index < (uint)Rollup.Timetable.Consensus.Timing.MaxChunksPerSlot && !_certificates.ContainsKey(certificate.Index)
            && await Tally() is { } tally && certificate.Producer == tally.Proposer
            && await _work.Run(() => certificate.Check(Rollup.Domains, tally.Committee)) is CertificateCheck.Valid && _certificates.TryAdd(certificate.Index, certificate))
        {
            Tell(feed => feed.Certified(certificate));
        }
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

    private protected override SlotTally New(Committee committee) => new(Rollup.Context, _slot, committee.ProposerAt(_slot), committee);

    private protected override Validity Validate(CheckpointProposal proposal, SlotCommittee committee, DateTimeOffset now) => Rollup.Validator.Validate(proposal, committee, now);

    private protected override Validity Validate(CheckpointAttestation attestation, SlotCommittee committee, DateTimeOffset now) =>
        Rollup.Validator.Validate(attestation, committee, now);

    private protected override async ValueTask<MessageReply?> RefusalOf(CheckpointProposal proposal, Validity validity)
    {
        if (validity is not Validity.Accepted || proposal.LastChunk is not { } lastChunk || lastChunk.Header.Slot != _slot)
        {
            return null;
        }

        // Its grain decides about the chunk; a second one of its position is evidence there.
        MessageReply reply = await GrainFactory.Chunk(_slot, lastChunk.Header.Index).Propose(lastChunk);
        return reply.Outcome switch
        {
            MessageOutcome.Equivocation => new MessageReply(MessageOutcome.Rejected, nameof(RejectReason.LastChunkEquivocates)),
            MessageOutcome.OverCap => new MessageReply(MessageOutcome.Rejected, nameof(RejectReason.LastChunkOverCap)),
            _ => null,
        };
    }

    private protected override void Added(CheckpointProposal proposal, ProposalOutcome outcome)
    {
        if (outcome is ProposalOutcome.Accepted or ProposalOutcome.Duplicate or ProposalOutcome.Equivocation)
        {
            // A second one too: every silo shall know that the proposer signed two.
            Tell(feed => feed.Proposed(proposal));
        }
    }

    private protected override void Certified(CheckpointCertificate certificate) => Tell(feed => feed.Certified(certificate));

    private protected override void Restored(IReadOnlyList<CheckpointProposal> proposals)
    {
        // When attesting is over, what became of the slot is noted. Its chunks are pulled until then.
        TimeSpan left = Rollup.Timetable.Consensus.AttestationDeadline(_slot) - Now;
        if (left > TimeSpan.Zero)
        {
            _end = this.RegisterGrainTimer(ReportAsync, new GrainTimerCreationOptions(left, Timeout.InfiniteTimeSpan) { Interleave = true, KeepAlive = true });
        }
    }

    private void Tell(Func<ISiloFeed, Task> call)
    {
        foreach (ISiloFeed silo in _silos.Values)
        {
            call(silo).Forget(Logger);
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        _end?.Dispose();
        _end = null;
        if (await Tally() is not { } tally)
        {
            return;
        }

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
}
