using Cloud.Protocol.Tallies;

namespace Cloud.Protocol.Faults;

/// <summary>How a validator did its duties. A record of performance, not evidence of anything.</summary>
/// <param name="Sent">Attestations in time.</param>
/// <param name="Late">Attestations after the certificate was complete.</param>
/// <param name="Missed">Attestations that did not come in slots whose checkpoint was mined or valid.</param>
/// <param name="Invalid">Attestations of something else than what counted, or of two things.</param>
/// <param name="Proposed">Slots in which its checkpoint was mined or valid.</param>
/// <param name="NotProposed">Slots in which it should have proposed and did not, or not validly.</param>
public readonly record struct ValidatorRecord(int Sent, int Late, int Missed, int Invalid, int Proposed, int NotProposed)
{
    /// <summary>The record with one more slot as a member. Nobody can attest what nobody proposed: absence counts only where there was something good to sign.</summary>
    /// <param name="attendance">What the member did.</param>
    /// <param name="isGood">Whether the slot's checkpoint was mined or valid.</param>
    /// <returns>The record.</returns>
    public ValidatorRecord With(Attendance attendance, bool isGood) => attendance switch
    {
        Attendance.Sent => this with { Sent = Sent + 1 },
        Attendance.Late => this with { Late = Late + 1 },
        Attendance.Missed => isGood ? this with { Missed = Missed + 1 } : this,
        _ => this with { Invalid = Invalid + 1 },
    };

    /// <summary>The part of its duties that failed.</summary>
    public double FailureRatio
    {
        get
        {
            int failed = Missed + Invalid + NotProposed;
            int all = failed + Sent + Late + Proposed;
            return all == 0 ? 0 : (double)failed / all;
        }
    }
}
