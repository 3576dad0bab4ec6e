using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Validation;

namespace Cloud.Protocol.Tallies;

/// <summary>Who of a committee signed what at one position, for one kind of attestation. Its size is that of the committee, whatever arrives.</summary>
internal sealed class AttestationTally(Committee committee, PoolCaps caps)
{
    private readonly Vote[] _votes = new Vote[committee.Size];

    // At most one entry a member: a handful where nobody misbehaves.
    private readonly List<(Hash256 Payload, int Signers)> _counts = [];

    internal Hash256? Certified { get; private set; }

    internal int SignersOf(in Hash256 payload)
    {
        foreach ((Hash256 known, int signers) in _counts)
        {
            if (known == payload)
            {
                return signers;
            }
        }

        return 0;
    }

    internal AttestationOutcome Add(
        SigningContext context, in Statement statement, in Signature signature, int position, bool isProposalKnown, DateTimeOffset now)
    {
        ref Vote vote = ref _votes[position];
        ReadOnlySpan<Hash256> known = [vote.First, vote.Second];
        switch (PoolRules.Admit(caps, statement, known[..vote.Payloads]))
        {
            case PoolAdmission.AlreadyKnown:
                return new AttestationOutcome.Duplicate();
            case PoolAdmission.Equivocation:
                vote.Second = statement.PayloadHash;
                vote.Payloads = 2;
                return new AttestationOutcome.Conflict(
                    new Evidence.Equivocation(context, statement.Duty, vote.First, vote.Signature, statement.PayloadHash, signature));
            case PoolAdmission.Added when vote.Payloads == 0:
                bool isLate = Certified == statement.PayloadHash;
                vote = new Vote { First = statement.PayloadHash, Signature = signature, Payloads = 1, At = now, IsLate = isLate };
                int signers = Count(statement.PayloadHash);
                return isLate ? new AttestationOutcome.Late(signers)
                    : isProposalKnown ? new AttestationOutcome.Counted(signers, committee.Quorum)
                    : new AttestationOutcome.Early(signers);
            default:
                return new AttestationOutcome.OverCap();
        }
    }

    /// <summary>The signers of a payload, where they have become a quorum and nothing is certified yet.</summary>
    internal SignerSet? TryCertify(in Hash256 payload)
    {
        if (Certified is not null || SignersOf(payload) < committee.Quorum)
        {
            return null;
        }

        Certified = payload;
        List<KeyValuePair<int, Signature>> signatures = new(committee.Size);
        for (int i = 0; i < _votes.Length; i++)
        {
            if (_votes[i].Payloads > 0 && _votes[i].First == payload)
            {
                signatures.Add(new(i, _votes[i].Signature));
            }
        }

        return SignerSet.Of(signatures, committee.Quorum);
    }

    internal void Restore(in Hash256 payload, SignerSet signers, DateTimeOffset now)
    {
        Certified = payload;
        int next = 0;
        for (int i = 0; i < _votes.Length; i++)
        {
            if (signers.Contains(i))
            {
                _votes[i] = new Vote { First = payload, Signature = signers.Signatures[next++], Payloads = 1, At = now };
                Count(payload);
            }
        }
    }

    internal ImmutableArray<(Address Member, Signature Signature)> SignaturesOf(in Hash256 payload)
    {
        ImmutableArray<(Address, Signature)>.Builder signatures = ImmutableArray.CreateBuilder<(Address, Signature)>();
        for (int i = 0; i < _votes.Length; i++)
        {
            if (_votes[i].Payloads > 0 && _votes[i].First == payload)
            {
                signatures.Add((committee.Members[i], _votes[i].Signature));
            }
        }

        return signatures.ToImmutable();
    }

    internal ImmutableArray<MemberAttendance> Attendance(Hash256? payload)
    {
        ImmutableArray<MemberAttendance>.Builder members = ImmutableArray.CreateBuilder<MemberAttendance>(_votes.Length);
        for (int i = 0; i < _votes.Length; i++)
        {
            ref readonly Vote vote = ref _votes[i];
            Attendance attendance = vote.Payloads switch
            {
                0 => Tallies.Attendance.Missed,
                > 1 => Tallies.Attendance.Conflicting,
                _ when payload is { } expected && vote.First != expected => Tallies.Attendance.Other,
                _ => vote.IsLate ? Tallies.Attendance.Late : Tallies.Attendance.Sent,
            };
            members.Add(new MemberAttendance(committee.Members[i], attendance, vote.Payloads == 0 ? null : vote.At));
        }

        return members.MoveToImmutable();
    }

    internal ImmutableArray<Address> Missing(in Hash256 payload)
    {
        ImmutableArray<Address>.Builder missing = ImmutableArray.CreateBuilder<Address>();
        for (int i = 0; i < _votes.Length; i++)
        {
            if (_votes[i].Payloads == 0 || _votes[i].First != payload)
            {
                missing.Add(committee.Members[i]);
            }
        }

        return missing.ToImmutable();
    }

    private int Count(in Hash256 payload)
    {
        for (int i = 0; i < _counts.Count; i++)
        {
            if (_counts[i].Payload == payload)
            {
                int signers = _counts[i].Signers + 1;
                _counts[i] = (payload, signers);
                return signers;
            }
        }

        _counts.Add((payload, 1));
        return 1;
    }

    private struct Vote
    {
        internal Hash256 First;
        internal Hash256 Second;
        internal Signature Signature;
        internal DateTimeOffset At;
        internal int Payloads;
        internal bool IsLate;
    }
}
