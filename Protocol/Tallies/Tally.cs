using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Validation;

namespace Cloud.Protocol.Tallies;

/// <summary>Proposals of one position and the committee's attestations of them. Synchronous and not safe for several threads: one grain turn uses it at a time.</summary>
/// <remarks>
/// <para>Signatures are checked before (<see cref="MessageValidator"/>); a tally decides by position, signer and payload hash alone.</para>
/// <para>A payload is certified when a quorum has attested it and its proposal is known. Where a proposer signed two, the committee's quorum decides which one counts, not the order
/// in which they came here. There is at most one certificate of each kind: two quorums share an honest member, and an honest member signs once.</para>
/// <para>Memory: two proposals without what is not part of their identity, and one entry of fixed size for each member and kind.</para>
/// </remarks>
/// <typeparam name="TProposal">The proposal.</typeparam>
/// <typeparam name="TAttestation">The attestation.</typeparam>
/// <typeparam name="TCertificate">The certificate.</typeparam>
public abstract class Tally<TProposal, TAttestation, TCertificate>
    where TProposal : class
    where TAttestation : class
    where TCertificate : class
{
    private const int Kinds = 3;

    private readonly SigningContext _context;
    private readonly PoolCaps _caps;
    private readonly AttestationTally?[] _tallies = new AttestationTally?[Kinds];
    private readonly TCertificate?[] _certificates = new TCertificate?[Kinds];
    private readonly List<TProposal> _proposals = [];
    private bool _isEquivocationReported;

    private protected Tally(SigningContext context, Address proposer, Committee committee, PoolCaps? caps)
    {
        ArgumentNullException.ThrowIfNull(committee);
        _context = context;
        _caps = caps ?? PoolCaps.Default;
        Proposer = proposer;
        Committee = committee;
    }

    /// <summary>Whose proposals this tally takes.</summary>
    public Address Proposer { get; }

    /// <summary>Who may attest.</summary>
    public Committee Committee { get; }

    /// <summary>The proposal that came first; null while there is none.</summary>
    public TProposal? Proposal => _proposals.Count == 0 ? null : _proposals[0];

    /// <summary>The distinct proposals that are kept, in the order in which they came.</summary>
    public IReadOnlyList<TProposal> Proposals => _proposals;

    /// <summary>The certificate of a kind.</summary>
    /// <param name="kind">The kind of attestation.</param>
    /// <returns>Null while there is none.</returns>
    public TCertificate? Certificate(AttestationKind kind) => IsKind(kind) ? _certificates[IndexOf(kind)] : null;

    /// <summary>How many members have signed the payload that counts: the certified one, else that of the first proposal.</summary>
    /// <param name="kind">The kind of attestation.</param>
    /// <returns>From 0 to the committee's size.</returns>
    public int Signers(AttestationKind kind) => Find(kind) is { } tally && Payload(kind) is { } payload ? tally.SignersOf(payload) : 0;

    /// <summary>The members whose first signature was for a payload, with it: what they answer for if the payload turns out to be invalid.</summary>
    /// <param name="kind">The kind of attestation.</param>
    /// <param name="payload">The payload's hash.</param>
    /// <returns>In the committee's order.</returns>
    public ImmutableArray<(Address Member, Signature Signature)> SignaturesOf(AttestationKind kind, in Hash256 payload) => Find(kind)?.SignaturesOf(payload) ?? [];

    /// <summary>The members that have not signed the payload that counts.</summary>
    /// <param name="kind">The kind of attestation.</param>
    /// <returns>In the committee's order; all of them where nothing was proposed.</returns>
    public ImmutableArray<Address> Missing(AttestationKind kind) =>
        Find(kind) is { } tally && Payload(kind) is { } payload ? tally.Missing(payload) : Committee.Members;

    /// <summary>What each member did.</summary>
    /// <param name="kind">The kind of attestation.</param>
    /// <returns>In the committee's order.</returns>
    public ImmutableArray<MemberAttendance> AttendanceOf(AttestationKind kind) => (Find(kind) ?? new AttestationTally(Committee, _caps)).Attendance(Payload(kind));

    /// <summary>Adds a proposal.</summary>
    /// <param name="proposal">The proposal and what validation said.</param>
    /// <returns>What was done with it.</returns>
    public ProposalResult<TCertificate> Add(Validated<TProposal> proposal)
    {
        ArgumentNullException.ThrowIfNull(proposal.Message);
        ProposalOutcome outcome = Admit(proposal);
        return new ProposalResult<TCertificate>(outcome, outcome is ProposalOutcome.Accepted or ProposalOutcome.Equivocation ? Certify() : []);
    }

    /// <summary>Adds attestations.</summary>
    /// <param name="batch">The attestations and what validation said, such as one silo sends for its validators.</param>
    /// <param name="now">When they arrived.</param>
    /// <returns>What was done with each.</returns>
    public AttestationResult<TCertificate> Add(ReadOnlySpan<Validated<TAttestation>> batch, DateTimeOffset now)
    {
        ImmutableArray<AttestationOutcome>.Builder outcomes = ImmutableArray.CreateBuilder<AttestationOutcome>(batch.Length);
        ImmutableArray<TCertificate>.Builder certificates = ImmutableArray.CreateBuilder<TCertificate>(0);
        ImmutableArray<Evidence>.Builder evidence = ImmutableArray.CreateBuilder<Evidence>(0);
        foreach (Validated<TAttestation> attestation in batch)
        {
            AttestationOutcome outcome = Add(attestation, now, evidence);
            outcomes.Add(outcome);

            // At once, so that what follows in the batch is late, as it would be in a batch of its own.
            if (outcome is AttestationOutcome.Counted)
            {
                certificates.AddRange(Certify());
            }
        }

        return new AttestationResult<TCertificate>(outcomes.MoveToImmutable(), certificates.ToImmutable(), evidence.ToImmutable());
    }

    /// <summary>Brings back what was stored before a restart. Nothing is reported again.</summary>
    /// <param name="proposals">The stored proposals in order.</param>
    /// <param name="certificates">The stored certificates.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="InvalidOperationException">The tally is not new.</exception>
    public void Restore(IEnumerable<TProposal> proposals, IEnumerable<TCertificate> certificates, DateTimeOffset now)
    {
        if (_proposals.Count > 0 || Array.Exists(_tallies, tally => tally is not null))
        {
            throw new InvalidOperationException("Only a new tally can be restored.");
        }

        _proposals.AddRange(proposals.Select(Strip));
        _isEquivocationReported = _proposals.Count > 1;
        foreach (TCertificate certificate in certificates)
        {
            (Statement statement, SignerSet signers) = Read(certificate);
            int index = IndexOf(statement.Duty.Attestation);
            _certificates[index] = certificate;
            (_tallies[index] ??= new AttestationTally(Committee, _caps)).Restore(statement.PayloadHash, signers, now);
        }
    }

    private protected abstract Duty ProposalDuty { get; }

    private protected abstract Duty AttestationDuty(AttestationKind kind);

    private protected abstract (Statement Statement, Signature Signature) Read(TProposal proposal);

    private protected abstract TProposal Strip(TProposal proposal);

    private protected abstract AttestationParts Read(TAttestation attestation);

    private protected abstract (Statement Statement, SignerSet Signers) Read(TCertificate certificate);

    private protected abstract TCertificate Make(SigningContext context, AttestationKind kind, Hash256 payload, SignerSet signers);

    private static bool IsKind(AttestationKind kind) => kind is >= AttestationKind.Stored and <= AttestationKind.Locked;

    private static int IndexOf(AttestationKind kind) => (int)kind - (int)AttestationKind.Stored;

    private AttestationTally? Find(AttestationKind kind) => IsKind(kind) ? _tallies[IndexOf(kind)] : null;

    private Hash256? Payload(AttestationKind kind) => Find(kind)?.Certified ?? (Proposal is { } first ? Read(first).Statement.PayloadHash : null);

    private bool IsKnown(in Hash256 payload)
    {
        foreach (TProposal proposal in _proposals)
        {
            if (Read(proposal).Statement.PayloadHash == payload)
            {
                return true;
            }
        }

        return false;
    }

    private ProposalOutcome Admit(Validated<TProposal> proposal)
    {
        if (proposal.Validity is not Validity.Accepted { Signer: var signer })
        {
            return new ProposalOutcome.Invalid(proposal.Validity);
        }

        (Statement statement, Signature signature) = Read(proposal.Message);
        if (statement.Duty != ProposalDuty)
        {
            return new ProposalOutcome.WrongPosition(statement.Duty);
        }

        if (signer != Proposer)
        {
            return new ProposalOutcome.WrongProposer(signer, Proposer);
        }

        Hash256[] known = [.. _proposals.Select(kept => Read(kept).Statement.PayloadHash)];
        switch (PoolRules.Admit(_caps, statement, known))
        {
            case PoolAdmission.AlreadyKnown:
                return new ProposalOutcome.Duplicate();
            case PoolAdmission.OverCap:
                return new ProposalOutcome.OverCap();
            case PoolAdmission.Equivocation:
                _proposals.Add(Strip(proposal.Message));
                return new ProposalOutcome.Equivocation(ReportEquivocation(statement.PayloadHash, signature));
            default:
                _proposals.Add(Strip(proposal.Message));
                return known.Length == 0 ? new ProposalOutcome.Accepted() : new ProposalOutcome.Equivocation(null);
        }
    }

    private AttestationOutcome Add(Validated<TAttestation> attestation, DateTimeOffset now, ImmutableArray<Evidence>.Builder evidence)
    {
        if (attestation.Validity is not Validity.Accepted { Signer: var signer })
        {
            return new AttestationOutcome.Invalid(attestation.Validity);
        }

        AttestationParts parts = Read(attestation.Message);
        AttestationKind kind = parts.Statement.Duty.Attestation;
        if (!IsKind(kind) || parts.Statement.Duty != AttestationDuty(kind))
        {
            return new AttestationOutcome.WrongPosition(parts.Statement.Duty);
        }

        int position = Committee.IndexOf(signer);
        if (position < 0)
        {
            return new AttestationOutcome.NotInCommittee(signer);
        }

        bool isKnown = IsKnown(parts.Statement.PayloadHash);
        if (!isKnown && ReportEquivocation(parts.Statement.PayloadHash, parts.ProposalSignature) is { } proposers)
        {
            evidence.Add(proposers);
        }

        AttestationTally tally = _tallies[IndexOf(kind)] ??= new AttestationTally(Committee, _caps);
        AttestationOutcome outcome = tally.Add(_context, parts.Statement, parts.Signature, position, isKnown, now);
        if (outcome is AttestationOutcome.Conflict conflict)
        {
            evidence.Add(conflict.Evidence);
        }

        return outcome;
    }

    /// <summary>The proposer's signature on a second payload, together with the first. Also an attestation carries it, so a proposal that never comes here does not hide it.</summary>
    private Evidence.Equivocation? ReportEquivocation(in Hash256 payload, in Signature signature)
    {
        if (_isEquivocationReported || Proposal is not { } first)
        {
            return null;
        }

        (Statement statement, Signature firstSignature) = Read(first);
        _isEquivocationReported = true;
        return new Evidence.Equivocation(_context, statement.Duty, statement.PayloadHash, firstSignature, payload, signature);
    }

    private ImmutableArray<TCertificate> Certify()
    {
        ImmutableArray<TCertificate>.Builder certificates = ImmutableArray.CreateBuilder<TCertificate>(0);
        for (int index = 0; index < Kinds; index++)
        {
            if (_tallies[index] is not { Certified: null } tally)
            {
                continue;
            }

            foreach (TProposal proposal in _proposals)
            {
                Hash256 payload = Read(proposal).Statement.PayloadHash;
                if (tally.TryCertify(payload) is { } signers)
                {
                    TCertificate certificate = Make(_context, AttestationKind.Stored + (byte)index, payload, signers);
                    _certificates[index] = certificate;
                    certificates.Add(certificate);
                    break;
                }
            }
        }

        return certificates.ToImmutable();
    }

    private protected readonly record struct AttestationParts(Statement Statement, Signature Signature, Signature ProposalSignature);
}
