using System.Collections.Immutable;
using Cloud.Grains.Committees;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Faults;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Tallies;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Faults;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Validation;
using Microsoft.Extensions.Logging;

namespace Cloud.Grains.Faults;

/// <summary>Holds a <see cref="FaultRegister"/> and <see cref="PerformanceRecords"/>. Evidence is durable before it is acknowledged.</summary>
[KeepAlive]
internal sealed partial class SlasherGrain(
    [PersistentState(GrainStates.Faults, GrainStates.Storage)] IPersistentState<SlasherState> state,
    RollupSettings rollup,
    CommitteeCache committees,
    IReexecution reexecution,
    TimeProvider time,
    ILogger<SlasherGrain> logger) : Grain, ISlasherGrain
{
    private readonly PerformanceRecords _records = new();
    private FaultRegister _register = new(rollup.Domains);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Restore();
        return Task.CompletedTask;
    }

    public async Task<MessageReply> Report(byte[] evidence)
    {
        if (!GrainKeys.IsRollup(this.GetPrimaryKeyString()))
        {
            return Replies.NoSuchPosition;
        }

        if (Evidence.Decode(evidence ?? []) is not Decoded<Evidence>.Ok { Value: { } decoded })
        {
            return new MessageReply(MessageOutcome.Rejected, nameof(RejectReason.Undecodable));
        }

        // Anybody can sign for any slot with a key that has no duty in it: that costs nobody anything, and must not fill the register.
        ulong slot = decoded.Position.Slot;
        if (!rollup.IsNear(slot, time.GetUtcNow()))
        {
            return Replies.NoSuchPosition;
        }

        if (await committees.OfSlot(slot) is not Committee committee)
        {
            return Replies.CommitteeUnknown;
        }

        if (OffenderOf(decoded) is { } offender && committee.IndexOf(offender) < 0)
        {
            return new MessageReply(MessageOutcome.WrongSigner, $"{offender} is not in the committee.");
        }

        FaultOutcome outcome = _register.Add(decoded);
        if (outcome is FaultOutcome.NeedsReexecution)
        {
            bool? confirmed = await reexecution.ConfirmAsync(decoded);
            if (confirmed is null)
            {
                return new MessageReply(MessageOutcome.Ignored, "It cannot be repeated here: data or state is missing.");
            }

            outcome = confirmed.Value ? _register.Add(decoded, isReexecuted: true) : new FaultOutcome.NotProven("Re-execution here gives what the message says.");
        }

        return outcome switch
        {
            FaultOutcome.Recorded recorded => await Recorded(recorded.Fault, evidence!),
            FaultOutcome.Duplicate => new MessageReply(MessageOutcome.Duplicate),
            FaultOutcome.TooOld old => new MessageReply(MessageOutcome.Ignored, $"Slots before {old.Oldest} do not count any more."),
            FaultOutcome.SlotFull full => new MessageReply(MessageOutcome.OverCap, $"A slot's evidence has at most {full.Limit} offences."),
            FaultOutcome.NotProven not => new MessageReply(MessageOutcome.Rejected, not.Reason),
            _ => new MessageReply(MessageOutcome.Ignored, "The offender is one of this node's validators."),
        };
    }

    public async Task Note(SlotReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (!rollup.IsNear(report.Slot, time.GetUtcNow()))
        {
            return;
        }

        _records.Record(
            report.Slot, report.Proposer, report.Result, [.. report.Members.Select(member => new MemberAttendance(member.Member, member.Attendance, member.At))]);

        // Who attested to an invalid chunk after it was found: the slot is over, and nobody signs for it any more.
        foreach (Fault fault in _register.Of(report.Slot))
        {
            await BlameAttesters(fault);
        }
    }

    public Task<ImmutableArray<FaultView>> Faults(Address? offender = null) =>
        Task.FromResult<ImmutableArray<FaultView>>([.. (offender is { } one ? _register.Of(one) : _register.All())
            .Select(fault => new FaultView(fault.Offender, fault.Offence, fault.Position.Slot, fault.Position.ToString(), fault.Evidence.Encode()))]);

    public Task<ImmutableArray<SlotReport>> Reports(ulong from, ulong through) =>
        Task.FromResult<ImmutableArray<SlotReport>>([.. _records.Between(from, through).Select(slot => new SlotReport(
            slot.Slot, slot.Proposer, slot.Result, [.. slot.Members.Select(member => new MemberReport(member.Member, member.Attendance, member.At))]))]);

    public Task<PerformanceView> Performance(Address validator, ulong from = 0, ulong through = ulong.MaxValue)
    {
        ValidatorRecord record = _records.Of(validator, from, through);
        return Task.FromResult(new PerformanceView(record.Sent, record.Late, record.Missed, record.Invalid, record.Proposed, record.NotProposed));
    }

    private async Task<MessageReply> Recorded(Fault fault, byte[] evidence)
    {
        MessageReply reply = await Store(fault, evidence);
        await BlameAttesters(fault);
        return reply;
    }

    /// <summary>Whoever says to have executed a chunk that re-execution showed to be invalid.</summary>
    private async Task BlameAttesters(Fault fault)
    {
        if (fault.Evidence is not Evidence.InvalidChunk { Proposal: { } proposal, Claim: { } claim })
        {
            return;
        }

        try
        {
            ChunkHeader header = proposal.Header;
            foreach (ChunkAttestation attestation in await GrainFactory.Chunk(header.Slot, header.Index).PullAttestations(header.Hash))
            {
                Evidence.AttestedToInvalid attested = new(attestation, proposal.WithoutBodies(), claim);
                if (_register.Add(attested, isReexecuted: true) is FaultOutcome.Recorded recorded)
                {
                    await Store(recorded.Fault, attested.Encode());
                }
            }
        }
        catch (Exception exception)
        {
            // What the proposer did is stored; the end of the slot asks for the attesters again.
            LogNoAttesters(logger, exception, fault.Position.ToString());
        }
    }

    private Address? OffenderOf(Evidence evidence) => evidence.Verify(rollup.Domains) switch
    {
        EvidenceVerdict.Proven proven => proven.Offender,
        EvidenceVerdict.NeedsReexecution claim => claim.Offender,
        _ => null,
    };

    private async Task<MessageReply> Store(Fault fault, byte[] evidence)
    {
        state.State.Evidence.Add(evidence);
        try
        {
            await state.WriteStateAsync();
        }
        catch (Exception exception)
        {
            // What is stored decides, not what is in memory: the sender hands it in again.
            LogNotStored(logger, exception);
            await state.ReadStateAsync();
            Restore();
            throw;
        }

        LogRecorded(logger, fault.Offence, fault.Offender, fault.Position.ToString());
        return MessageReply.Accepted;
    }

    private void Restore()
    {
        _register = new FaultRegister(rollup.Domains);
        _register.Forget(state.State.Oldest);
        foreach (byte[] stored in state.State.Evidence)
        {
            if (Evidence.Decode(stored) is Decoded<Evidence>.Ok { Value: { } evidence })
            {
                // It was confirmed before it was stored.
                _register.Add(evidence, isReexecuted: true);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Error, "{Offence} of {Offender}: {Position}")]
    private static partial void LogRecorded(ILogger logger, Offence offence, Address offender, string position);

    [LoggerMessage(3, LogLevel.Warning, "Who attested to the invalid {Position} could not be found out")]
    private static partial void LogNoAttesters(ILogger logger, Exception exception, string position);

    [LoggerMessage(2, LogLevel.Warning, "Evidence could not be stored")]
    private static partial void LogNotStored(ILogger logger, Exception exception);
}
