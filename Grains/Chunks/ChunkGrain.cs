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

/// <summary>Holds a <see cref="ChunkTally"/>, the chunk's body and its flashblocks. Signatures are checked beside its turns; the tally is only touched in them.</summary>
[Reentrant]
[RandomPlacement]
[CollectionAgeLimit(Minutes = 3)]
internal sealed partial class ChunkGrain(
    [PersistentState(GrainStates.Tally, GrainStates.Storage)] IPersistentState<TallyState> state,
    RollupSettings rollup,
    CommitteeCache committees,
    IWorkRunner work,
    TimeProvider time,
    ILogger<ChunkGrain> logger) : Grain, IChunkGrain
{
    private readonly StateWriter<TallyState> _writer = new(state);
    private readonly List<Flashblock> _flashblocks = [];
    private ulong _slot;
    private uint _index;
    private bool _isPosition;
    private ChunkTally? _tally;
    private ChunkProposal? _full;
    private Dictionary<Hash256, Bytes>? _bodies;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _isPosition = GrainKeys.TryReadChunk(this.GetPrimaryKeyString(), out _slot, out _index) && _slot <= long.MaxValue
            && _index < (uint)rollup.Timetable.Consensus.Timing.MaxChunksPerSlot;
        return Task.CompletedTask;
    }

    public async Task<MessageReply> Propose(ChunkProposal proposal)
    {
        if (await Tally() is not { } tally)
        {
            return Refusal();
        }

        DateTimeOffset now = time.GetUtcNow();
        Validity validity = await work.Run(() => rollup.Validator.Validate(proposal, new SlotCommittee.Known(tally.Committee), now));
        ProposalResult<ChunkCertificate> result = tally.Add(new Validated<ChunkProposal>(proposal, validity));
        Hash256 blockHash = proposal.Header.Block.ComputeHash();
        if (result.Outcome is ProposalOutcome.Accepted or ProposalOutcome.Duplicate && proposal.Header.Hash == tally.Proposal!.Header.Hash)
        {
            Keep(proposal);
            GrainFactory.Archive().Note(new BlockPlace(blockHash, proposal.Header.Block.Number, _slot, _index)).Forget(logger);
        }

        if (result.Outcome is ProposalOutcome.Accepted or ProposalOutcome.Duplicate or ProposalOutcome.Equivocation)
        {
            // Also of a duplicate: a proposer sends again when it does not know whether the first one got through.
            GrainFactory.Slot(_slot).Announce(new ChunkNotice(_slot, _index, proposal.Header.Hash, blockHash)).Forget(logger);
        }

        if (result.Outcome is ProposalOutcome.Equivocation { Evidence: { } evidence })
        {
            GrainFactory.Report(evidence, logger);
        }

        if (result.Outcome is ProposalOutcome.Accepted or ProposalOutcome.Equivocation)
        {
            Store(tally);
        }

        Certified(tally, result.Certificates);
        return Replies.Of(result.Outcome);
    }

    public async Task<BatchReply> Attest(ImmutableArray<ChunkAttestation> batch)
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
        Validated<ChunkAttestation>[] validated = await AttestationBatch.ValidateAsync(work, batch, attestation => rollup.Validator.Validate(attestation, committee, now));
        AttestationResult<ChunkCertificate> result = tally.Add(validated, now);
        foreach (Evidence evidence in result.Evidence)
        {
            GrainFactory.Report(evidence, logger);
        }

        Certified(tally, result.Certificates);
        return new BatchReply([.. result.Outcomes.Select(Replies.Of)], tally.Certificate(AttestationKind.Executed) is not null);
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

        DateTimeOffset now = time.GetUtcNow();
        Validity validity = await work.Run(() => rollup.Validator.Validate(flashblock, new SlotCommittee.Known(tally.Committee), now));
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
                new Evidence.Equivocation(rollup.Context, payload.Statement.Duty, known.Payload.Hash, known.Signature, payload.Hash, flashblock.Signature), logger);
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
            [.. tally.Proposals.Select((proposal, i) => i == 0 && _full is { } full ? full : proposal)],
            certificate,
            tally.Signers(AttestationKind.Executed),
            tally.Committee.Quorum,
            tally.Missing(AttestationKind.Executed),
            [.. tally.AttendanceOf(AttestationKind.Executed).Where(member => member.Attendance == Attendance.Late).Select(member => member.Member)]);
    }

    public Task<ImmutableArray<Flashblock>> PullFlashblocks(uint from) =>
        Task.FromResult<ImmutableArray<Flashblock>>(from >= (uint)_flashblocks.Count ? [] : [.. _flashblocks.Skip((int)from).Take(FeedLimits.MaxFlashblocks)]);

    public async Task<ImmutableArray<byte[]>> PullBodies(ImmutableArray<Hash256> hashes)
    {
        await Tally();
        return hashes.IsDefaultOrEmpty ? [] : FeedAnswers.Bodies(hashes, hash => _bodies?.GetValueOrDefault(hash) ?? Bytes.Empty);
    }

    private MessageReply Refusal() => _isPosition && rollup.IsNear(_slot, time.GetUtcNow()) ? Replies.CommitteeUnknown : Replies.NoSuchPosition;

    private async ValueTask<ChunkTally?> Tally()
    {
        if (_tally is { } known)
        {
            return known;
        }

        if (!_isPosition || !rollup.IsNear(_slot, time.GetUtcNow()) || await committees.OfSlot(_slot) is not Committee committee)
        {
            return null;
        }

        if (_tally is null)
        {
            ChunkTally tally = new(rollup.Context, _slot, committee.ProposerAt(_slot), _index, committee);
            List<ChunkProposal> proposals = [.. state.State.Proposals.Select(encoded => Read<ChunkProposal>(encoded))];
            tally.Restore(proposals.Select(proposal => proposal.WithoutBodies()), state.State.Certificates.Select(encoded => Read<ChunkCertificate>(encoded)), time.GetUtcNow());
            _tally = tally;
            if (proposals.Count > 0)
            {
                Keep(proposals[0]);
            }
        }

        return _tally;
    }

    private T Read<T>(byte[] encoded)
        where T : IMessage<T> => T.Decode(encoded) is Decoded<T>.Ok ok
            ? ok.Value
            : throw new InvalidDataException($"The stored state of chunk {_index} of slot {_slot} holds what is no {T.Kind}.");

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

    private void Certified(ChunkTally tally, ImmutableArray<ChunkCertificate> certificates)
    {
        foreach (ChunkCertificate certificate in certificates)
        {
            // It proves itself, so that nobody has to wait until it is stored.
            GrainFactory.Slot(_slot).Certified(certificate).Forget(logger);
            LogCertified(logger, _slot, _index, certificate.Signers.Count);
        }

        if (!certificates.IsEmpty)
        {
            Store(tally);
        }
    }

    private void Store(ChunkTally tally) => StoreAsync(tally).Forget(logger);

    private async Task StoreAsync(ChunkTally tally)
    {
        state.State.Proposals = [.. tally.Proposals.Select((proposal, i) => (i == 0 && _full is { } full ? full : proposal).Encode())];
        state.State.Certificates = tally.Certificate(AttestationKind.Executed) is { } certificate ? [certificate.Encode()] : [];
        try
        {
            await _writer.WriteAsync();
        }
        catch (Exception exception)
        {
            // Nothing is lost for good: the certificate went out, and the silos have the chunk.
            LogNotStored(logger, exception, _slot, _index);
            await _writer.ReadAsync();
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "Chunk {Index} of slot {Slot} is certified by {Signers} signers")]
    private static partial void LogCertified(ILogger logger, ulong slot, uint index, int signers);

    [LoggerMessage(2, LogLevel.Warning, "Chunk {Index} of slot {Slot} could not be stored")]
    private static partial void LogNotStored(ILogger logger, Exception exception, ulong slot, uint index);
}
