using Cloud.Grains.Committees;
using Cloud.Grains.Feed;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Validators;
using Cloud.Grains.Signing;
using Cloud.Grains.Tallies;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Proposing;
using Cloud.Protocol.Signing;
using Cloud.Protocol.Validation;
using Cloud.Settlement.Contracts;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Cloud.Grains.Validators;

/// <summary>Holds an <see cref="AttestationDuty"/>, a <see cref="SigningLedger"/> and, in its own slots, a <see cref="ProposerDuty"/>.</summary>
[Reentrant]
[KeepAlive]
[HashBasedPlacement]
internal sealed partial class ValidatorGrain(
    [PersistentState(GrainStates.Ledger, GrainStates.Storage)] IPersistentState<LedgerState> ledgerState,
    SiloNode silo,
    CommitteeCache committees,
    IValidatorKeys keys,
    ILogger<ValidatorGrain> logger) : Grain, IValidatorGrain
{
    private readonly SortedDictionary<ulong, ProposerDuty> _duties = [];
    private readonly Dictionary<Hash256, Task<AttestReply<ChunkAttestation>>> _chunks = [];
    private readonly Dictionary<Hash256, Task<AttestReply<CheckpointAttestation>>> _checkpoints = [];
    private ulong _newest;
    private Address _self;
    private bool _isValidator;
    private SigningLedger? _ledger;
    private AttestationDuty? _attesting;

    private RollupSettings Rollup => silo.Rollup;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _isValidator = GrainKeys.TryReadValidator(this.GetPrimaryKeyString(), out _self);
        if (_isValidator)
        {
            _ledger = new SigningLedger(ledgerState, keys.Find(_self), Rollup.Domains, logger);
            _attesting = new AttestationDuty(_self, Rollup.Timetable.Consensus, silo.Options.Mode);
            if (keys.Find(_self) is not null)
            {
                silo.Join(_self, this.AsReference<IValidatorGrain>());
            }
        }

        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        silo.Leave(_self);
        foreach (ProposerDuty duty in _duties.Values)
        {
            duty.Dispose();
        }

        _duties.Clear();
        return Task.CompletedTask;
    }

    public async Task<ValidatorView> Wake(ulong slot)
    {
        bool canSign = _isValidator && keys.Find(_self) is not null;
        if (canSign && silo.Options.Mode != AttestationMode.Fisherman && Rollup.IsNear(slot, silo.Time.GetUtcNow()) && !_duties.ContainsKey(slot)
            && await committees.OfSlot(slot) is Committee committee && committee.ProposerAt(slot) == _self && silo.Time.GetUtcNow() <= Rollup.Timetable.Consensus.AttestationDeadline(slot)
            && !_duties.ContainsKey(slot))
        {
            Forget();
            ProposerDuty duty = new(silo, _ledger!, _self, slot, logger);
            _duties.Add(slot, duty);
            duty.Start();
        }

        ProposerDuty? newest = _duties.Count == 0 ? null : _duties.Values.Last();
        return new ValidatorView(silo.Name, canSign, newest?.Slot, newest?.State ?? ProposerState.Starting);
    }

    public Task<AttestReply<ChunkAttestation>> Attest(ChunkToAttest chunk)
    {
        ChunkHeader header = chunk.Proposal.Header;
        return !IsNear(header.Slot) || header.Index >= (uint)Rollup.Timetable.Consensus.Timing.MaxChunksPerSlot
            ? Task.FromResult(new AttestReply<ChunkAttestation>(null, Replies.NoSuchPosition.Reason))
            : Once(_chunks, header.Hash, header.Slot, () => AttestChunk(chunk));
    }

    public Task<AttestReply<CheckpointAttestation>> Attest(CheckpointToAttest checkpoint)
    {
        CheckpointHeader header = checkpoint.Proposal.Header;
        return !IsNear(header.Slot)
            ? Task.FromResult(new AttestReply<CheckpointAttestation>(null, Replies.NoSuchPosition.Reason))
            : Once(_checkpoints, header.Hash, header.Slot, () => AttestCheckpoint(checkpoint));
    }

    private async Task<AttestReply<ChunkAttestation>> AttestChunk(ChunkToAttest chunk)
    {
        ChunkHeader header = chunk.Proposal.Header;
        if (!_isValidator || await committees.OfSlot(header.Slot) is not Committee committee)
        {
            return new AttestReply<ChunkAttestation>(null, "The committee is not known here.", MayRetry: true);
        }

        bool agrees = await Agrees(chunk.BlockHash);
        DutyDecision decision = _attesting!.Decide(header, chunk.BlockHash, chunk.Verdict, agrees, committee, silo.Time.GetUtcNow());
        if (decision is not DutyDecision.Attest attest)
        {
            NoneReason reason = ((DutyDecision.None)decision).Reason;
            return new AttestReply<ChunkAttestation>(null, reason.ToString(), reason == NoneReason.ContradictsOwn);
        }

        Statement statement = attest.Statement;
        (Signature? signature, string refusal) = await Sign(statement.Duty, Rollup.Domains.Digest(statement), Rollup.Timetable.Consensus.AttestationDeadline(header.Slot));
        return signature is { } given
            ? new AttestReply<ChunkAttestation>(
                new ChunkAttestation(
                    Rollup.Context, header.Slot, header.Producer, header.Index, statement.Duty.Attestation, header.Hash, given, chunk.Proposal.Signature),
                "")
            : new AttestReply<ChunkAttestation>(null, refusal);
    }

    private async Task<AttestReply<CheckpointAttestation>> AttestCheckpoint(CheckpointToAttest checkpoint)
    {
        CheckpointHeader header = checkpoint.Proposal.Header;
        if (!_isValidator || await committees.OfSlot(header.Slot) is not Committee committee)
        {
            return new AttestReply<CheckpointAttestation>(null, "The committee is not known here.", MayRetry: true);
        }

        // In Continuous the validator may have signed chunks of the next slot already, which stand on this checkpoint.
        bool agrees = await Agrees(header.BlockHash);
        DutyDecision decision = _attesting!.Decide(header, checkpoint.IsValid, agrees, committee, silo.Time.GetUtcNow());
        if (decision is not DutyDecision.Attest attest)
        {
            NoneReason reason = ((DutyDecision.None)decision).Reason;
            return new AttestReply<CheckpointAttestation>(null, reason.ToString(), reason == NoneReason.ContradictsOwn);
        }

        Statement statement = attest.Statement;
        (Signature? signature, string refusal) = await Sign(statement.Duty, Rollup.Domains.Digest(statement), Rollup.Timetable.Consensus.AttestationDeadline(header.Slot));
        return signature is { } given
            ? new AttestReply<CheckpointAttestation>(
                new CheckpointAttestation(Rollup.Context, header.Slot, statement.Duty.Attestation, header.Hash, given, checkpoint.Proposal.Signature), "")
            : new AttestReply<CheckpointAttestation>(null, refusal);
    }

    public async Task<SignReply> SignPublication(ulong slot, Hash256 payloadHash, Hash256 blobsHash)
    {
        if (!_isValidator)
        {
            return new SignReply([], "The key is no validator's address.");
        }

        if (!IsNear(slot))
        {
            return new SignReply([], Replies.NoSuchPosition.Reason);
        }

        Hash256 digest = Keccak256.Hash(RollupDigests.Publication(Rollup.Context.ChainId, Rollup.Context.Rollup, slot, payloadHash, blobsHash));
        LedgerOutcome outcome = await _ledger!.SignAsync(Duty.CheckpointPublication(slot), digest);
        return outcome switch
        {
            LedgerOutcome.Signed signed => new SignReply(signed.Signature.ToArray(), ""),
            LedgerOutcome.Refused refused => new SignReply([], refused.Message),
            LedgerOutcome.Failed failed => new SignReply([], failed.Message),
            _ => throw new InvalidOperationException("An outcome of an unknown kind."),
        };
    }

    public async Task<byte[]> ExportHistory() =>
        SigningInterchange.Write(SigningHistory.Of(Rollup.Context, _isValidator ? [await _ledger!.ExportAsync(_self)] : []));

    public async Task<string> ImportHistory(byte[] interchange)
    {
        if (!_isValidator)
        {
            return "The key is no validator's address.";
        }

        switch (SigningInterchange.Read(interchange))
        {
            case InterchangeReading.Refused refused:
                return refused.Reason.Message;
            case InterchangeReading.Ok ok when ok.History.Context != Rollup.Context:
                return new InterchangeRefusal.OtherRollup(ok.History.Context, Rollup.Context).Message;
            case InterchangeReading.Ok ok:
                foreach (ValidatorHistory history in ok.History.Validators)
                {
                    if (history.Validator == _self && await _ledger!.ImportAsync(history) is LedgerOutcome.Failed failed)
                    {
                        return failed.Message;
                    }
                }

                return "";
            default:
                throw new InvalidOperationException("A reading of an unknown kind.");
        }
    }

    private async Task<(Signature? Signature, string Refusal)> Sign(Duty duty, Hash256 digest, DateTimeOffset deadline)
    {
        for (int attempt = 1; ; attempt++)
        {
            switch (await _ledger!.SignAsync(duty, digest))
            {
                case LedgerOutcome.Signed signed:
                    return (signed.Signature, "");
                case LedgerOutcome.Refused refused:
                    return (null, refused.Message);
                case LedgerOutcome.Failed failed when silo.Time.GetUtcNow() >= deadline:
                    return (null, failed.Message);
                default:
                    break;
            }

            await Task.Delay(silo.Options.BackOff(attempt), silo.Time);
        }
    }

    /// <summary>Nobody signs for slots far ahead: the ledger's watermarks follow the newest slot, and would refuse everything before it for ever.</summary>
    private bool IsNear(ulong slot) => Rollup.IsNear(slot, silo.Time.GetUtcNow());

    /// <summary>Whether a block is on one chain with the highest that was signed; what is on L1 or given up binds no longer.</summary>
    private async Task<bool> Agrees(Hash256 block)
    {
        while (_attesting!.Own is { } own)
        {
            bool isOpen = await silo.IsOpen(own);
            bool agrees = await silo.StandsOn(own, block) || await silo.StandsOn(block, own);

            // Calls interleave: another one may have signed in the meantime.
            if (_attesting.Own == own)
            {
                if (!isOpen)
                {
                    _attesting.Release(own);
                }

                return !isOpen || agrees;
            }
        }

        return true;
    }

    /// <summary>The same question gets the same answer, unless asking again can help.</summary>
    private async Task<AttestReply<T>> Once<T>(Dictionary<Hash256, Task<AttestReply<T>>> answers, Hash256 payload, ulong slot, Func<Task<AttestReply<T>>> attest)
        where T : class
    {
        if (slot > _newest)
        {
            // A slot has few payloads, so that two of them are little to remember.
            _newest = slot;
            _chunks.Clear();
            _checkpoints.Clear();
        }

        if (!answers.TryGetValue(payload, out Task<AttestReply<T>>? answer))
        {
            if (answers.Count >= PoolCaps.Default.ChunksPerPosition * Rollup.Timetable.Consensus.Timing.MaxChunksPerSlot)
            {
                return new AttestReply<T>(null, "More payloads of the slot than are kept.");
            }

            answers[payload] = answer = attest();
        }

        AttestReply<T> reply = await answer;
        if (reply.Attestation is null && reply.MayRetry && answers.TryGetValue(payload, out Task<AttestReply<T>>? present) && present == answer)
        {
            answers.Remove(payload);
        }

        return reply;
    }

    private void Forget()
    {
        while (_duties.Count > 0 && _duties.Keys.First() is ulong oldest && silo.Time.GetUtcNow() > Rollup.Timetable.Consensus.AttestationDeadline(oldest))
        {
            _duties[oldest].Dispose();
            _duties.Remove(oldest);
        }
    }
}
