using System.Collections.Concurrent;
using Cloud.Grains.Faults;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Grains.Interfaces.Validators;
using Cloud.Grains.Validators;
using Cloud.Protocol.Attesting;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Time;
using Cloud.Protocol.Validation;
using Cloud.Replica.Node;

namespace Cloud.Grains.Feed;

/// <content>From a proposal to the attestations of the validators that are here: one re-execution, one batch.</content>
public sealed partial class SiloNode
{
    // What was begun or is certified, by payload; both only of slots that are near.
    private readonly Dictionary<Hash256, ulong> _begun = [];
    private readonly ConcurrentDictionary<Hash256, ulong> _certified = new();
    private readonly ConcurrentDictionary<Hash256, CheckpointCertificate> _certificates = new();

    /// <summary>Whether a payload of a slot that is near has its certificate. From any thread.</summary>
    internal bool IsCertified(Hash256 payload) => _certified.ContainsKey(payload);

    /// <summary>The certificate of a checkpoint of a slot that is near. From any thread.</summary>
    internal CheckpointCertificate? FindCertificate(Hash256 checkpoint) => _certificates.GetValueOrDefault(checkpoint);

    /// <summary>A chunk is announced.</summary>
    internal void Consider(ChunkNotice notice)
    {
        if (!Rollup.IsNear(notice.Slot, Time.GetUtcNow()) || notice.Index >= (uint)Consensus.Timing.MaxChunksPerSlot)
        {
            return;
        }

        Replica.ChunkAnnouncedAsync(notice.Slot, notice.Index, notice.BlockHash).Forget(_logger);
        Begin(notice.Slot, notice.Index, notice.ChunkHash, notice.BlockHash);
    }

    /// <summary>A chunk is here.</summary>
    internal void Consider(ChunkProposal proposal) => Begin(proposal.Header.Slot, proposal.Header.Index, proposal.Header.Hash, proposal.Header.Block.ComputeHash());

    /// <summary>An own checkpoint is durable: the validators here attest it as any other.</summary>
    internal void OnOwnCheckpoint(CheckpointProposal proposal) => InTurn(() => Begin(proposal));

    /// <summary>A chunk's certificate arrived.</summary>
    internal async Task Take(ChunkCertificate certificate)
    {
        if (_certified.ContainsKey(certificate.ChunkHash) || await CommitteeOf(certificate.Slot) is not Committee committee)
        {
            return;
        }

        CertificateCheck check = await _work.Run(() => certificate.Check(Rollup.Domains, committee));
        if (check is not CertificateCheck.Valid)
        {
            LogRefused(_logger, nameof(ChunkCertificate), check.ToString());
            return;
        }

        if (_certified.TryAdd(certificate.ChunkHash, certificate.Slot))
        {
            foreach (ProposerDuty duty in _proposers)
            {
                duty.OnCertified(certificate);
            }

            await Replica.CertificateArrivedAsync(certificate);
        }
    }

    /// <summary>A checkpoint proposal arrived, from the stream, by direct call or on entering the slot.</summary>
    internal async Task Take(CheckpointProposal proposal)
    {
        ulong slot = proposal.Header.Slot;
        if (!Rollup.IsNear(slot, Time.GetUtcNow()) || _begun.ContainsKey(proposal.Header.Hash) || await _committees.OfSlot(slot) is not Committee committee)
        {
            return;
        }

        // The slot's grain took it in time; how long it was on the way from there is nobody's fault.
        DateTimeOffset now = Inside(Consensus.CheckpointWindow(slot));
        Validity validity = await _work.Run(() => Rollup.Validator.Validate(proposal, new SlotCommittee.Known(committee), now));
        if (validity is not Validity.Accepted)
        {
            LogRefused(_logger, nameof(CheckpointProposal), validity.ToString());
            return;
        }

        await Replica.CheckpointArrivedAsync(new Validated<CheckpointProposal>(proposal, validity));
        if (proposal.LastChunk is { } last)
        {
            Consider(last);
        }

        Begin(proposal);
    }

    /// <summary>A checkpoint's certificate arrived.</summary>
    internal async Task Take(CheckpointCertificate certificate)
    {
        if (_certified.ContainsKey(certificate.CheckpointHash) || await CommitteeOf(certificate.Slot) is not Committee committee)
        {
            return;
        }

        CertificateCheck check = await _work.Run(() => certificate.Check(Rollup.Domains, committee));
        if (check is not CertificateCheck.Valid)
        {
            LogRefused(_logger, nameof(CheckpointCertificate), check.ToString());
            return;
        }

        if (_certified.TryAdd(certificate.CheckpointHash, certificate.Slot))
        {
            _certificates[certificate.CheckpointHash] = certificate;
            foreach (ProposerDuty duty in _proposers)
            {
                duty.OnCertified(certificate);
            }
        }
    }

    /// <summary>The present, moved into a window: for what others have received in time.</summary>
    internal DateTimeOffset Inside(TimeWindow window)
    {
        DateTimeOffset now = Time.GetUtcNow();
        return now < window.Start ? window.Start : now > window.End ? window.End : now;
    }

    private void Begin(ulong slot, uint index, Hash256 chunkHash, Hash256 blockHash)
    {
        if (MayBegin(slot, chunkHash))
        {
            Attest(slot, index, chunkHash, blockHash).Forget(_logger);
        }
    }

    private void Begin(CheckpointProposal proposal)
    {
        if (MayBegin(proposal.Header.Slot, proposal.Header.Hash))
        {
            Attest(proposal.WithoutLastChunk()).Forget(_logger);
        }
    }

    private bool MayBegin(ulong slot, Hash256 payload)
    {
        if (Time.GetUtcNow() > Consensus.AttestationDeadline(slot) || !_begun.TryAdd(payload, slot))
        {
            return false;
        }

        if (_begun.Count > 4 * Consensus.Timing.MaxChunksPerSlot)
        {
            ForgetBefore(_begun, slot);
            ForgetBefore(_certified, slot);
        }

        return true;
    }

    private void ForgetBefore(IDictionary<Hash256, ulong> known, ulong slot)
    {
        foreach (Hash256 old in known.Where(entry => entry.Value + 2 < slot).Select(entry => entry.Key).ToArray())
        {
            known.Remove(old);
            _certificates.TryRemove(old, out _);
        }
    }

    private async Task Attest(ulong slot, uint index, Hash256 chunkHash, Hash256 blockHash)
    {
        DateTimeOffset deadline = Consensus.AttestationDeadline(slot);
        ChunkProposal? proposal = null;
        Dictionary<Address, ChunkAttestation> given = [];
        HashSet<Address> silent = [];
        for (int attempt = 1; Time.GetUtcNow() <= deadline && !_stopped.IsCancellationRequested; attempt++)
        {
            if (proposal is null)
            {
                ChunkCheck check = await WaitForVerdict(chunkHash, deadline);
                if (check.Verdict == ChunkVerdict.Valid)
                {
                    proposal = Replica.View.Recent.FirstOrDefault(block => block.Hash == blockHash)?.Proposal?.WithoutBodies();
                }
                else
                {
                    LogNotAttested(_logger, slot, index, check.Verdict.ToString(), check.Detail);
                    if (!VerdictTable.IsRetryable(check.Verdict))
                    {
                        return;
                    }
                }
            }

            if (proposal is not null)
            {
                await Task.WhenAll(_validators.Where(validator => !given.ContainsKey(validator.Key) && !silent.Contains(validator.Key)).Select(async validator =>
                {
                    ChunkVerdict verdict = Options.Isolated ? (await Replica.ExecuteIsolatedAsync(proposal, deadline, _stopped.Token)).Verdict : ChunkVerdict.Valid;
                    AttestReply<ChunkAttestation>? reply = await Ask(validator.Value.Attest(new ChunkToAttest(proposal, blockHash, verdict)));
                    Sort(validator.Key, slot, reply, given, silent);
                }));
                if (given.Count > 0 && (await Ask(Grains.Chunk(slot, index).Attest([.. given.Values])))?.IsCertified == true)
                {
                    return;
                }

                if (_certified.ContainsKey(chunkHash) && attempt > 1)
                {
                    return;
                }
            }

            await Task.Delay(Options.BackOff(attempt), Time, _stopped.Token);
        }
    }

    private async Task Attest(CheckpointProposal proposal)
    {
        CheckpointHeader header = proposal.Header;
        DateTimeOffset deadline = Consensus.AttestationDeadline(header.Slot);
        CheckpointCheck check = await Replica.WaitForCheckpointAsync(header, _stopped.Token);
        if (check is not CheckpointCheck.Valid)
        {
            LogCheckpointNotAttested(_logger, header.Slot, check.GetType().Name, (check as CheckpointCheck.Invalid)?.Fault.ToString());
            if (check is CheckpointCheck.Invalid { Fault: not (CheckpointFault.WrongParent or CheckpointFault.LastChunkMismatch or CheckpointFault.InHashMismatch or CheckpointFault.OutHashMismatch) })
            {
                // The others can differ between honest views.
                Grains.Report(new Evidence.InvalidCheckpoint(proposal, new ReexecutionClaim(ReexecutionFault.InvalidHeader, Hash256.Zero)), _logger);
            }

            return;
        }

        Dictionary<Address, CheckpointAttestation> given = [];
        HashSet<Address> silent = [];
        for (int attempt = 1; Time.GetUtcNow() <= deadline && !_stopped.IsCancellationRequested; attempt++)
        {
            await Task.WhenAll(_validators.Where(validator => !given.ContainsKey(validator.Key) && !silent.Contains(validator.Key)).Select(async validator =>
            {
                AttestReply<CheckpointAttestation>? reply = await Ask(validator.Value.Attest(new CheckpointToAttest(proposal, IsValid: true)));
                Sort(validator.Key, header.Slot, reply, given, silent);
            }));
            if (given.Count > 0 && (await Ask(Grains.Slot(header.Slot).Attest([.. given.Values])))?.IsCertified == true)
            {
                return;
            }

            if (_certified.ContainsKey(header.Hash) && attempt > 1)
            {
                return;
            }

            await Task.Delay(Options.BackOff(attempt), Time, _stopped.Token);
        }
    }

    private async Task<ChunkCheck> WaitForVerdict(Hash256 chunkHash, DateTimeOffset deadline)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(_stopped.Token);
        TimeSpan left = deadline - Time.GetUtcNow();
        using ITimer timer = Time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        try
        {
            return await Replica.WaitForVerdictAsync(chunkHash, limit.Token);
        }
        catch (OperationCanceledException) when (!_stopped.IsCancellationRequested)
        {
            return new ChunkCheck(ChunkVerdict.TimedOut, default);
        }
    }

    private void Sort<T>(Address validator, ulong slot, AttestReply<T>? reply, Dictionary<Address, T> given, HashSet<Address> silent)
        where T : class
    {
        if (reply?.Attestation is { } attestation)
        {
            given[validator] = attestation;
        }
        else if (reply is not null)
        {
            LogNone(_logger, validator, slot, reply.Reason);
            if (!reply.MayRetry)
            {
                silent.Add(validator);
            }
        }
    }

    /// <summary>An answer, or null where none came in time: then it is asked for again.</summary>
    private async Task<T?> Ask<T>(Task<T> call)
        where T : class
    {
        try
        {
            return await call.Within(Options.CallTimeout, Time, _stopped.Token);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !_stopped.IsCancellationRequested)
        {
            Task.FromException(exception).Forget(_logger);
            return null;
        }
    }
}
