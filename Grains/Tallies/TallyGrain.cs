using System.Collections.Immutable;
using Cloud.Grains.Committees;
using Cloud.Grains.Faults;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Validation;
using Cloud.Replica.Work;
using Microsoft.Extensions.Logging;

namespace Cloud.Grains.Tallies;

/// <summary>A grain that holds the tally of one position: proposals and attestations come in, evidence and certificates go out, and both are stored. Signatures are checked beside its turns.</summary>
/// <typeparam name="TTally">The tally.</typeparam>
/// <typeparam name="TProposal">The proposal.</typeparam>
/// <typeparam name="TAttestation">The attestation.</typeparam>
/// <typeparam name="TCertificate">The certificate.</typeparam>
internal abstract partial class TallyGrain<TTally, TProposal, TAttestation, TCertificate>(
    IPersistentState<TallyState> state, RollupSettings rollup, CommitteeCache committees, IWorkRunner work, TimeProvider time, ILogger logger) : Grain
    where TTally : Tally<TProposal, TAttestation, TCertificate>
    where TProposal : class, IMessage<TProposal>
    where TAttestation : class
    where TCertificate : class, IMessage<TCertificate>
{
    private readonly StateWriter<TallyState> _writer = new(state);
    private TTally? _tally;

    /// <summary>The position's slot; of no meaning where <see cref="IsPosition"/> is false.</summary>
    private protected abstract ulong Slot { get; }

    /// <summary>Whether the key is a position of this rollup.</summary>
    private protected abstract bool IsPosition { get; }

    /// <summary>The position in words, for the log.</summary>
    private protected abstract string Position { get; }

    private protected RollupSettings Rollup => rollup;

    private protected ILogger Logger => logger;

    private protected DateTimeOffset Now => time.GetUtcNow();

    public async Task<MessageReply> Propose(TProposal proposal)
    {
        if (await Tally() is not { } tally)
        {
            return Refusal();
        }

        DateTimeOffset now = Now;
        Validity validity = await work.Run(() => Validate(proposal, new SlotCommittee.Known(tally.Committee), now));
        if (await RefusalOf(proposal, validity) is { } refused)
        {
            return refused;
        }

        ProposalResult<TCertificate> result = tally.Add(new Validated<TProposal>(proposal, validity));
        Added(proposal, result.Outcome);
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

    public async Task<BatchReply> Attest(ImmutableArray<TAttestation> batch)
    {
        if (batch.IsDefault || batch.Length > FeedLimits.MaxAttestations)
        {
            return Replies.All(0, new MessageReply(MessageOutcome.TooLarge, $"A batch has at most {FeedLimits.MaxAttestations} attestations."));
        }

        if (await Tally() is not { } tally)
        {
            return Replies.All(batch.Length, Refusal());
        }

        DateTimeOffset now = Now;
        SlotCommittee committee = new SlotCommittee.Known(tally.Committee);
        Validated<TAttestation>[] validated = await work.Run(() =>
        {
            Validated<TAttestation>[] all = new Validated<TAttestation>[batch.Length];
            for (int i = 0; i < all.Length; i++)
            {
                all[i] = new(batch[i], Validate(batch[i], committee, now));
            }

            return all;
        });
        AttestationResult<TCertificate> result = tally.Add(validated, now);
        foreach (Evidence evidence in result.Evidence)
        {
            GrainFactory.Report(evidence, logger);
        }

        Certify(tally, result.Certificates);
        return new BatchReply([.. result.Outcomes.Select(Replies.Of)], tally.Certificate(AttestationKind.Executed) is not null);
    }

    /// <summary>An empty tally of the position.</summary>
    private protected abstract TTally New(Committee committee);

    private protected abstract Validity Validate(TProposal proposal, SlotCommittee committee, DateTimeOffset now);

    private protected abstract Validity Validate(TAttestation attestation, SlotCommittee committee, DateTimeOffset now);

    /// <summary>What the tally is restored from, and what is stored of a proposal.</summary>
    private protected virtual TProposal Stored(TProposal proposal) => proposal;

    /// <summary>A reason beyond the rules for one message not to take a proposal; null for none.</summary>
    private protected virtual ValueTask<MessageReply?> RefusalOf(TProposal proposal, Validity validity) => default;

    /// <summary>The tally has decided about a proposal.</summary>
    private protected abstract void Added(TProposal proposal, ProposalOutcome outcome);

    /// <summary>The position has a certificate; it proves itself, so that nobody has to wait until it is stored.</summary>
    private protected abstract void Certified(TCertificate certificate);

    /// <summary>The tally is here for the first time in this activation.</summary>
    /// <param name="proposals">What was stored.</param>
    private protected abstract void Restored(IReadOnlyList<TProposal> proposals);

    /// <summary>The tally; null where the key is no position, or nothing of it can be known now.</summary>
    private protected async ValueTask<TTally?> Tally()
    {
        if (_tally is { } known)
        {
            return known;
        }

        if (!IsPosition || !rollup.IsNear(Slot, Now) || await committees.OfSlot(Slot) is not Committee committee)
        {
            return null;
        }

        // Calls interleave: another one may have come here first.
        if (_tally is null)
        {
            TTally tally = New(committee);
            List<TProposal> proposals = [.. state.State.Proposals.Select(Read<TProposal>)];
            tally.Restore(proposals, state.State.Certificates.Select(Read<TCertificate>), Now);
            _tally = tally;
            Restored(proposals);
        }

        return _tally;
    }

    private protected MessageReply Refusal() => IsPosition && rollup.IsNear(Slot, Now) ? Replies.CommitteeUnknown : Replies.NoSuchPosition;

    private T Read<T>(byte[] encoded)
        where T : IMessage<T> => T.Decode(encoded) is Decoded<T>.Ok ok ? ok.Value : throw new InvalidDataException($"The stored state of {Position} holds what is no {T.Kind}.");

    private void Certify(TTally tally, ImmutableArray<TCertificate> certificates)
    {
        foreach (TCertificate certificate in certificates)
        {
            Certified(certificate);
            LogCertified(logger, Position, tally.Signers(AttestationKind.Executed));
        }

        if (!certificates.IsEmpty)
        {
            Store(tally);
        }
    }

    private void Store(TTally tally) => StoreAsync(tally).Forget(logger);

    private async Task StoreAsync(TTally tally)
    {
        state.State.Proposals = [.. tally.Proposals.Select(proposal => Stored(proposal).Encode())];
        state.State.Certificates = tally.Certificate(AttestationKind.Executed) is { } certificate ? [certificate.Encode()] : [];
        try
        {
            await _writer.WriteAsync();
        }
        catch (Exception exception)
        {
            // Nothing is lost for good: certificates went out, and the silos have what was proposed.
            LogNotStored(logger, exception, Position);
            await _writer.ReadAsync();
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "{Position} is certified by {Signers} signers")]
    private static partial void LogCertified(ILogger logger, string position, int signers);

    [LoggerMessage(2, LogLevel.Warning, "{Position} could not be stored")]
    private static partial void LogNotStored(ILogger logger, Exception exception, string position);
}
