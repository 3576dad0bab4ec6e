using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;

namespace Cloud.Protocol.Validation;

/// <summary>Checks a decoded message before anything else is done with it (building-in-chunks 2.3). Pure: the same input gives the same outcome on every node.</summary>
/// <remarks>
/// The rules run in the order of the table, cheap ones first; a foreign context is refused before any signature is recovered. Every window is wider by
/// <see cref="ConsensusTimetable.ClockTolerance"/> at both ends, ends included; in the sequential profile what comes in the last of it is ignored, since its slot is over.
/// </remarks>
public sealed class MessageValidator
{
    private readonly SigningDomains _domains;
    private readonly ConsensusTimetable _timetable;
    private readonly ProposalLimits _limits;

    /// <summary>Makes the validator of a rollup.</summary>
    /// <param name="domains">The rollup.</param>
    /// <param name="timetable">Its windows.</param>
    /// <param name="limits">Its limits.</param>
    public MessageValidator(SigningDomains domains, ConsensusTimetable timetable, ProposalLimits limits)
    {
        ArgumentNullException.ThrowIfNull(domains);
        ArgumentNullException.ThrowIfNull(timetable);
        ArgumentNullException.ThrowIfNull(limits);
        _domains = domains;
        _timetable = timetable;
        _limits = limits;
    }

    /// <summary>The outcome for an input that does not decode: an oversized one is dropped, any other is blamed on its sender.</summary>
    /// <param name="refusal">Why it does not decode.</param>
    /// <returns>The outcome.</returns>
    public static Validity OfUndecodable(DecodeRefusal refusal) =>
        refusal is DecodeRefusal.TooLarge ? new Validity.Ignored(IgnoreReason.Oversized) : new Validity.Rejected(RejectReason.Undecodable, PeerPenalty.LowTolerance);

    /// <summary>Checks a chunk proposal.</summary>
    /// <param name="proposal">The message.</param>
    /// <param name="committee">Who may propose in its slot.</param>
    /// <param name="now">When it arrived.</param>
    /// <returns>The outcome.</returns>
    public Validity Validate(ChunkProposal proposal, SlotCommittee committee, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(proposal);
        ChunkHeader header = proposal.Header;
        return CheckContext(proposal.Context)
            ?? CheckWindow(_timetable.ChunkWindow(header.Slot, header.Index), now)
            ?? CheckProposer(header.Statement, proposal.Signature, committee, out Address signer)
            ?? (signer != header.Producer ? Reject(RejectReason.SignerIsNotProducer, PeerPenalty.MidTolerance) : null)
            ?? CheckChunkIndex(header.Index)
            ?? CheckKnown(committee)
            ?? CheckTransactions(header.Transactions, proposal.Bodies)
            ?? (Validity)new Validity.Accepted(signer);
    }

    /// <summary>Checks a checkpoint proposal and, by the rules of a chunk proposal, the last chunk in it. A refused chunk refuses the checkpoint.</summary>
    /// <param name="proposal">The message.</param>
    /// <param name="committee">Who may propose in its slot.</param>
    /// <param name="now">When it arrived.</param>
    /// <returns>The outcome.</returns>
    public Validity Validate(CheckpointProposal proposal, SlotCommittee committee, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(proposal);
        CheckpointHeader header = proposal.Header;
        return CheckContext(proposal.Context)
            ?? CheckWindow(_timetable.CheckpointWindow(header.Slot), now)
            ?? CheckProposer(header.Statement, proposal.Signature, committee, out Address signer)
            ?? (header.Chunks > _timetable.Timing.MaxChunksPerSlot ? Reject(RejectReason.TooManyChunks, PeerPenalty.MidTolerance) : null)
            ?? CheckKnown(committee)
            ?? (proposal.LastChunk is { } chunk ? CheckLastChunk(header, chunk, signer, committee, now) : null)
            ?? (Validity)new Validity.Accepted(signer);
    }

    /// <summary>Checks an attestation of a chunk.</summary>
    /// <param name="attestation">The message.</param>
    /// <param name="committee">Who may attest in its slot.</param>
    /// <param name="now">When it arrived.</param>
    /// <returns>The outcome.</returns>
    public Validity Validate(ChunkAttestation attestation, SlotCommittee committee, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(attestation);
        return CheckContext(attestation.Context)
            ?? CheckWindow(_timetable.ChunkAttestationWindow(attestation.Slot, attestation.Index), now)
            ?? CheckAttestation(attestation.Statement, attestation.Signature, attestation.ProposalStatement, attestation.ProposalSignature, committee, out Address attester)
            ?? (ProposerOf(attestation.Slot, committee) != attestation.Producer ? Reject(RejectReason.WrongProposer, PeerPenalty.HighTolerance) : null)
            ?? (Validity)new Validity.Accepted(attester);
    }

    /// <summary>Checks an attestation of a checkpoint.</summary>
    /// <param name="attestation">The message.</param>
    /// <param name="committee">Who may attest in its slot.</param>
    /// <param name="now">When it arrived.</param>
    /// <returns>The outcome.</returns>
    public Validity Validate(CheckpointAttestation attestation, SlotCommittee committee, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(attestation);
        return CheckContext(attestation.Context)
            ?? CheckWindow(_timetable.CheckpointAttestationWindow(attestation.Slot), now)
            ?? CheckAttestation(attestation.Statement, attestation.Signature, attestation.ProposalStatement, attestation.ProposalSignature, committee, out Address attester)
            ?? (Validity)new Validity.Accepted(attester);
    }

    /// <summary>Checks a flashblock by itself; how it fits those before it is for <see cref="FlashblockSequence"/> to say.</summary>
    /// <param name="flashblock">The message.</param>
    /// <param name="committee">Who may propose in its slot.</param>
    /// <param name="now">When it arrived.</param>
    /// <returns>The outcome.</returns>
    public Validity Validate(Flashblock flashblock, SlotCommittee committee, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(flashblock);
        FlashblockPayload payload = flashblock.Payload;
        return CheckContext(flashblock.Context)
            ?? CheckWindow(_timetable.ChunkWindow(payload.Slot, payload.Chunk), now)
            ?? CheckProposer(payload.Statement, flashblock.Signature, committee, out Address signer)
            ?? (signer != payload.Producer ? Reject(RejectReason.SignerIsNotProducer, PeerPenalty.MidTolerance) : null)
            ?? CheckChunkIndex(payload.Chunk)
            ?? CheckKnown(committee)
            ?? CheckStructure(payload)
            ?? (Validity)new Validity.Accepted(signer);
    }

    private static Validity.Rejected Reject(RejectReason reason, PeerPenalty penalty) => new(reason, penalty);

    private static Address? ProposerOf(ulong slot, SlotCommittee committee) => (committee as SlotCommittee.Known)?.Committee.ProposerAt(slot);

    private static Validity.Rejected? CheckKnown(SlotCommittee committee) =>
        committee is SlotCommittee.Unknown ? Reject(RejectReason.CommitteeUnknown, PeerPenalty.LowTolerance) : null;

    private Validity.Rejected? CheckContext(SigningContext context) =>
        context == _domains.Context ? null : Reject(RejectReason.ForeignContext, PeerPenalty.LowTolerance);

    private Validity? CheckWindow(TimeWindow window, DateTimeOffset now)
    {
        if (!window.Contains(now, ConsensusTimetable.ClockTolerance))
        {
            return Reject(RejectReason.OutsideWindow, PeerPenalty.HighTolerance);
        }

        return _timetable.Timing.Profile == TimingProfile.Sequential && now > window.End ? new Validity.Ignored(IgnoreReason.SlightlyLate) : null;
    }

    private Validity.Rejected? CheckProposer(in Statement statement, in Signature signature, SlotCommittee committee, out Address signer)
    {
        if (!_domains.TryRecover(statement, signature, out signer))
        {
            return Reject(RejectReason.InvalidSignature, PeerPenalty.MidTolerance);
        }

        return committee is SlotCommittee.Known known && known.Committee.ProposerAt(statement.Duty.Slot) != signer
            ? Reject(RejectReason.WrongProposer, PeerPenalty.MidTolerance)
            : null;
    }

    private Validity.Rejected? CheckChunkIndex(uint index) =>
        index < _timetable.Timing.MaxChunksPerSlot ? null : Reject(RejectReason.ChunkIndexTooHigh, PeerPenalty.MidTolerance);

    private Validity.Rejected? CheckTransactions(ImmutableArray<Hash256> transactions, ImmutableArray<Bytes>? inline)
    {
        if (inline is { IsEmpty: false } && !_limits.BodiesPermitted)
        {
            return Reject(RejectReason.BodiesNotPermitted, PeerPenalty.MidTolerance);
        }

        if (transactions.Length > _limits.MaxTransactionsPerChunk)
        {
            return Reject(RejectReason.TooManyTransactions, PeerPenalty.MidTolerance);
        }

        if (inline is not { } bodies)
        {
            return null;
        }

        if (bodies.Length > transactions.Length)
        {
            return Reject(RejectReason.BodyNotListed, PeerPenalty.MidTolerance);
        }

        for (int i = 0; i < bodies.Length; i++)
        {
            if (Keccak256.Hash(bodies[i].Span) != transactions[i])
            {
                return Reject(RejectReason.BodyHashMismatch, PeerPenalty.LowTolerance);
            }
        }

        return null;
    }

    private Validity.Rejected? CheckStructure(FlashblockPayload payload)
    {
        if (payload.Index >= _limits.MaxFlashblocksPerChunk)
        {
            return Reject(RejectReason.FlashblockIndexTooHigh, PeerPenalty.MidTolerance);
        }

        if (payload.Index == 0 && payload.Base is null)
        {
            return Reject(RejectReason.MissingBase, PeerPenalty.MidTolerance);
        }

        if (payload.Index != 0 && payload.Base is not null)
        {
            return Reject(RejectReason.UnexpectedBase, PeerPenalty.MidTolerance);
        }

        if ((payload.Base is { } fixedFields && fixedFields.BlockNumber != payload.BlockNumber) || payload.Previous.IsZero != (payload.Index == 0))
        {
            return Reject(RejectReason.Inconsistent, PeerPenalty.MidTolerance);
        }

        return payload.Diff.Transactions.Length > _limits.MaxTransactionsPerChunk
            ? Reject(RejectReason.TooManyTransactions, PeerPenalty.MidTolerance)
            : null;
    }

    private Validity? CheckLastChunk(CheckpointHeader header, ChunkProposal chunk, in Address signer, SlotCommittee committee, DateTimeOffset now)
    {
        // A chunk index at or above the cap is worth less blame here than on its own: the checkpoint's sender may only have forwarded it.
        Validity validity = Validate(chunk, committee, now);
        return validity switch
        {
            Validity.Rejected { Reason: RejectReason.ChunkIndexTooHigh } => Reject(RejectReason.ChunkIndexTooHigh, PeerPenalty.HighTolerance),
            Validity.Accepted accepted when accepted.Signer != signer => Reject(RejectReason.LastChunkSignerDiffers, PeerPenalty.MidTolerance),
            Validity.Accepted when chunk.Header.Slot != header.Slot || chunk.Header.Index != header.Chunks - 1 || chunk.Header.InHash != header.InHash
                || chunk.Header.Block.ComputeHash() != header.BlockHash => Reject(RejectReason.LastChunkMismatch, PeerPenalty.MidTolerance),
            Validity.Accepted => null,
            _ => validity,
        };
    }

    private Validity.Rejected? CheckAttestation(
        in Statement statement, in Signature signature, in Statement proposal, in Signature proposalSignature, SlotCommittee committee, out Address attester)
    {
        if (!_domains.TryRecover(statement, signature, out attester))
        {
            return Reject(RejectReason.InvalidSignature, PeerPenalty.LowTolerance);
        }

        if (committee is SlotCommittee.Unknown)
        {
            return Reject(RejectReason.CommitteeUnknown, PeerPenalty.LowTolerance);
        }

        if (committee is not SlotCommittee.Known known)
        {
            return Reject(RejectReason.ProposerUnknown, PeerPenalty.HighTolerance);
        }

        if (known.Committee.IndexOf(attester) < 0)
        {
            return Reject(RejectReason.NotInCommittee, PeerPenalty.HighTolerance);
        }

        if (!_domains.TryRecover(proposal, proposalSignature, out Address proposer))
        {
            return Reject(RejectReason.InvalidProposalSignature, PeerPenalty.LowTolerance);
        }

        return proposer == known.Committee.ProposerAt(statement.Duty.Slot) ? null : Reject(RejectReason.WrongProposer, PeerPenalty.HighTolerance);
    }
}
