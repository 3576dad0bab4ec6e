using System.Collections.Immutable;
using Cloud.Grains.Committees;
using Cloud.Grains.Faults;
using Cloud.Grains.Feed;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Archives;
using Cloud.Grains.Interfaces.Chunks;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Tallies;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Validation;
using Cloud.Replica.Work;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Cloud.Grains.Chunks;

/// <summary>Holds a <see cref="ChunkTally"/>, the chunk's body and its flashblocks.</summary>
[Reentrant]
[RandomPlacement]
[CollectionAgeLimit(Minutes = 3)]
internal sealed class ChunkGrain(
    [PersistentState(GrainStates.Tally, GrainStates.Storage)] IPersistentState<TallyState> state,
    RollupSettings rollup,
    CommitteeCache committees,
    IWorkRunner work,
    TimeProvider time,
    ILogger<ChunkGrain> logger) : TallyGrain<ChunkTally, ChunkProposal, ChunkAttestation, ChunkCertificate>(state, rollup, committees, work, time, logger), IChunkGrain
{
    private readonly List<Flashblock> _flashblocks = [];
    private readonly IWorkRunner _work = work;
    private ulong _slot;
    private uint _index;
    private bool _isPosition;
    private ChunkProposal? _full;
    private Dictionary<Hash256, Bytes>? _bodies;

    private protected override ulong Slot => _slot;

    private protected override bool IsPosition => _isPosition;

    private protected override string Position => $"Chunk {_index} of slot {_slot}";

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _isPosition = GrainKeys.TryReadChunk(this.GetPrimaryKeyString(), out _slot, out _index) && _slot <= long.MaxValue
            && _index < (uint)Rollup.Timetable.Consensus.Timing.MaxChunksPerSlot;
        return Task.CompletedTask;
    }

    public async Task<MessageReply> Add(Flashblock flashblock)
    {
        if (await Tally() is not { } tally)
        {
            return Refusal();
        }

        FlashblockPayload payload = flashblock.Payload;
        if (payload.Slot != _slot || payload.Chunk != _index)
        {
            return new MessageReply(MessageOutcome.WrongPosition, $"It belongs to slot {payload.Slot}, chunk {payload.Chunk}.");
        }

        DateTimeOffset now = Now;
        Validity validity = await _work.Run(() => Rollup.Validator.Validate(flashblock, new SlotCommittee.Known(tally.Committee), now));
        if (validity is not Validity.Accepted)
        {
            return Replies.Of(validity);
        }

        if (payload.Index < (uint)_flashblocks.Count)
        {
            Flashblock known = _flashblocks[(int)payload.Index];
            if (known.Payload.Hash == payload.Hash)
            {
                return new MessageReply(MessageOutcome.Duplicate);
            }

            GrainFactory.Report(
                new Evidence.Equivocation(Rollup.Context, payload.Statement.Duty, known.Payload.Hash, known.Signature, payload.Hash, flashblock.Signature), Logger);
            return new MessageReply(MessageOutcome.Equivocation, "The proposer signed another flashblock at this position.");
        }

        if (payload.Index > (uint)_flashblocks.Count)
        {
            return new MessageReply(MessageOutcome.Ignored, $"Flashblock {_flashblocks.Count} comes first.");
        }

        if (_flashblocks.Count > 0 && payload.Previous != _flashblocks[^1].Payload.Hash)
        {
            return new MessageReply(MessageOutcome.Rejected, nameof(RejectReason.Inconsistent));
        }

        _flashblocks.Add(flashblock);
        return MessageReply.Accepted;
    }

    public async Task<ChunkView?> Pull()
    {
        if (await Tally() is not { } tally)
        {
            return null;
        }

        ChunkCertificate? certificate = tally.Certificate(AttestationKind.Executed);
        return new ChunkView(
            [.. tally.Proposals.Select(Stored)],
            certificate,
            tally.Signers(AttestationKind.Executed),
            tally.Committee.Quorum,
            tally.Missing(AttestationKind.Executed),
            [.. tally.AttendanceOf(AttestationKind.Executed).Where(member => member.Attendance == Attendance.Late).Select(member => member.Member)]);
    }

    public async Task<ImmutableArray<ChunkAttestation>> PullAttestations(Hash256 chunk)
    {
        if (await Tally() is not { } tally || tally.Proposals.FirstOrDefault(proposal => proposal.Header.Hash == chunk) is not { } proposal)
        {
            return [];
        }

        return
        [
            .. tally.SignaturesOf(AttestationKind.Executed, chunk).Select(signed => new ChunkAttestation(
                Rollup.Context, _slot, tally.Proposer, _index, AttestationKind.Executed, chunk, signed.Signature, proposal.Signature)),
        ];
    }

    public Task<ImmutableArray<Flashblock>> PullFlashblocks(uint from) =>
        Task.FromResult<ImmutableArray<Flashblock>>(from >= (uint)_flashblocks.Count ? [] : [.. _flashblocks.Skip((int)from).Take(FeedLimits.MaxFlashblocks)]);

    public async Task<ImmutableArray<byte[]>> PullBodies(ImmutableArray<Hash256> hashes)
    {
        await Tally();
        return hashes.IsDefaultOrEmpty ? [] : FeedAnswers.Bodies(hashes, hash => _bodies?.GetValueOrDefault(hash) ?? Bytes.Empty);
    }

    private protected override ChunkTally New(Committee committee) => new(Rollup.Context, _slot, committee.ProposerAt(_slot), _index, committee);

    private protected override Validity Validate(ChunkProposal proposal, SlotCommittee committee, DateTimeOffset now) => Rollup.Validator.Validate(proposal, committee, now);

    private protected override Validity Validate(ChunkAttestation attestation, SlotCommittee committee, DateTimeOffset now) => Rollup.Validator.Validate(attestation, committee, now);

    private protected override ChunkProposal Stored(ChunkProposal proposal) => _full is { } full && full.Header.Hash == proposal.Header.Hash ? full : proposal;

    private protected override void Restored(IReadOnlyList<ChunkProposal> proposals)
    {
        if (proposals.Count > 0)
        {
            Keep(proposals[0]);
        }
    }

    private protected override void Added(ChunkProposal proposal, ProposalOutcome outcome)
    {
        if (outcome is not (ProposalOutcome.Accepted or ProposalOutcome.Duplicate or ProposalOutcome.Equivocation))
        {
            return;
        }

        Hash256 blockHash = proposal.Header.Block.ComputeHash();
        if (outcome is not ProposalOutcome.Equivocation && (_full is null || proposal.Header.Hash == _full.Header.Hash))
        {
            Keep(proposal);
            GrainFactory.Archive().Note(new BlockPlace(blockHash, proposal.Header.Block.Number, _slot, _index)).Forget(Logger);
        }

        // Also of a duplicate: a proposer sends again when it does not know whether the first one got through.
        GrainFactory.Slot(_slot).Announce(new ChunkNotice(_slot, _index, proposal.Header.Hash, blockHash)).Forget(Logger);
    }

    private protected override void Certified(ChunkCertificate certificate) => GrainFactory.Slot(_slot).Certified(certificate).Forget(Logger);

    private void Keep(ChunkProposal proposal)
    {
        if (_full is { Bodies: not null })
        {
            return;
        }

        _full = proposal;
        if (proposal.Bodies is { } bodies)
        {
            // Validation has compared each with its hash.
            _bodies = new Dictionary<Hash256, Bytes>(bodies.Length);
            for (int i = 0; i < bodies.Length; i++)
            {
                _bodies[proposal.Header.Transactions[i]] = bodies[i];
            }
        }
    }
}
