using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;

namespace Cloud.Protocol.Faults;

/// <summary>What became of slots, and how validators did, over the newest slots. Bounded; not safe for several threads.</summary>
/// <param name="maxSlots">Slots that are remembered.</param>
public sealed class PerformanceRecords(int maxSlots = 256)
{
    private readonly SortedDictionary<ulong, Entry> _slots = [];

    /// <summary>Notes what became of a slot. A surer word replaces another one; an unsurer one changes nothing.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="proposer">Its proposer.</param>
    /// <param name="result">What became of it.</param>
    /// <param name="members">What the committee's members did about its checkpoint.</param>
    public void Record(ulong slot, Address proposer, SlotResult result, ImmutableArray<MemberAttendance> members)
    {
        if (_slots.TryGetValue(slot, out Entry? known) && known.Result < result)
        {
            return;
        }

        _slots[slot] = new Entry(proposer, result, members);
        if (_slots.Count > maxSlots)
        {
            _slots.Remove(_slots.First().Key);
        }
    }

    /// <summary>What became of a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Null where it is not remembered.</returns>
    public SlotResult? Of(ulong slot) => _slots.TryGetValue(slot, out Entry? entry) ? entry.Result : null;

    /// <summary>What became of each remembered slot from one to another.</summary>
    /// <param name="from">First slot.</param>
    /// <param name="through">Last slot.</param>
    /// <returns>Lowest slot first.</returns>
    public IEnumerable<(ulong Slot, Address Proposer, SlotResult Result, ImmutableArray<MemberAttendance> Members)> Between(ulong from, ulong through)
    {
        foreach ((ulong slot, Entry entry) in _slots)
        {
            if (slot >= from && slot <= through)
            {
                yield return (slot, entry.Proposer, entry.Result, entry.Members);
            }
        }
    }

    /// <summary>How a validator did in the slots from one to another.</summary>
    /// <param name="validator">The validator.</param>
    /// <param name="from">First slot.</param>
    /// <param name="through">Last slot.</param>
    /// <returns>The counts; zeros for a validator without duties.</returns>
    public ValidatorRecord Of(Address validator, ulong from = 0, ulong through = ulong.MaxValue)
    {
        ValidatorRecord record = default;
        foreach ((ulong slot, Entry entry) in _slots)
        {
            if (slot < from || slot > through)
            {
                continue;
            }

            bool isGood = entry.Result <= SlotResult.CheckpointValid;
            if (entry.Proposer == validator)
            {
                record = isGood ? record with { Proposed = record.Proposed + 1 } : record with { NotProposed = record.NotProposed + 1 };
            }

            foreach (MemberAttendance member in entry.Members)
            {
                if (member.Member == validator)
                {
                    record = record.With(member.Attendance, isGood);
                }
            }
        }

        return record;
    }

    private sealed record Entry(Address Proposer, SlotResult Result, ImmutableArray<MemberAttendance> Members);
}
