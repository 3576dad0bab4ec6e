using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Faults;

/// <summary>Offences, each once by offender, offence and position. Takes nothing but evidence that verifies: time-outs and missing data have no way in. Bounded; not safe for several threads.</summary>
/// <param name="domains">The rollup.</param>
/// <param name="own">This node's validators.</param>
/// <param name="maxPerSlot">Most offences kept for a slot.</param>
public sealed class FaultRegister(SigningDomains domains, IReadOnlySet<Address>? own = null, int maxPerSlot = 4096)
{
    private readonly SortedDictionary<ulong, Dictionary<(Address, Offence, Duty), Fault>> _slots = [];

    /// <summary>The oldest slot whose offences count.</summary>
    public ulong Oldest { get; private set; }

    /// <summary>How many offences there are.</summary>
    public int Count { get; private set; }

    /// <summary>Takes evidence.</summary>
    /// <param name="evidence">From anybody.</param>
    /// <param name="isReexecuted">Whether re-execution here gave what the evidence claims; not looked at where signatures alone prove the offence.</param>
    /// <returns>What was done.</returns>
    public FaultOutcome Add(Evidence evidence, bool isReexecuted = false)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        ulong slot = evidence.Position.Slot;
        if (slot < Oldest)
        {
            return new FaultOutcome.TooOld(Oldest);
        }

        Fault fault;
        switch (evidence.Verify(domains))
        {
            case EvidenceVerdict.Proven proven:
                fault = new Fault(proven.Offender, proven.Offence, evidence);
                break;
            case EvidenceVerdict.NeedsReexecution claim when !isReexecuted:
                return new FaultOutcome.NeedsReexecution(claim.Offence, claim.Offender);
            case EvidenceVerdict.NeedsReexecution claim:
                fault = new Fault(claim.Offender, claim.Offence, evidence);
                break;
            case EvidenceVerdict.NotProven not:
                return new FaultOutcome.NotProven(not.Reason);
            default:
                throw new InvalidOperationException("A verdict of an unknown kind.");
        }

        if (own?.Contains(fault.Offender) == true)
        {
            return new FaultOutcome.Own();
        }

        if (!_slots.TryGetValue(slot, out Dictionary<(Address, Offence, Duty), Fault>? faults))
        {
            _slots.Add(slot, faults = []);
        }

        (Address, Offence, Duty) key = (fault.Offender, fault.Offence, evidence.Position);
        if (faults.ContainsKey(key))
        {
            return new FaultOutcome.Duplicate();
        }

        if (faults.Count >= maxPerSlot)
        {
            return new FaultOutcome.SlotFull(maxPerSlot);
        }

        faults.Add(key, fault);
        Count++;
        return new FaultOutcome.Recorded(fault);
    }

    /// <summary>A slot's offences. Who attested to an invalid chunk of a proposer that signed two is not among them: it may have seen the other one.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>In the order in which they were found.</returns>
    public ImmutableArray<Fault> Of(ulong slot)
    {
        if (!_slots.TryGetValue(slot, out Dictionary<(Address, Offence, Duty), Fault>? faults))
        {
            return [];
        }

        bool isEquivocated = faults.Values.Any(fault => fault.Offence is Offence.DuplicateChunkProposal or Offence.DuplicateCheckpointProposal);
        return [.. faults.Values.Where(fault => !isEquivocated || fault.Offence != Offence.AttestedToInvalid)];
    }

    /// <summary>All offences, lowest slot first: what is exported.</summary>
    /// <returns>The offences that count.</returns>
    public ImmutableArray<Fault> All() => [.. _slots.Keys.SelectMany(slot => Of(slot))];

    /// <summary>Offences of one validator.</summary>
    /// <param name="offender">The validator.</param>
    /// <returns>Lowest slot first.</returns>
    public ImmutableArray<Fault> Of(Address offender) => [.. All().Where(fault => fault.Offender == offender)];

    /// <summary>Forgets slots that are too old to be punished.</summary>
    /// <param name="oldest">The oldest slot that counts from now on; lower values change nothing.</param>
    public void Forget(ulong oldest)
    {
        Oldest = Math.Max(Oldest, oldest);
        while (_slots.Count > 0 && _slots.First() is var first && first.Key < Oldest)
        {
            Count -= first.Value.Count;
            _slots.Remove(first.Key);
        }
    }
}
