using System.Collections.Concurrent;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Committees;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Validation;

namespace Cloud.Grains.Committees;

/// <summary>The committees that a process has asked for. A committee never changes, so that one answer is enough.</summary>
/// <param name="grains">Where committees are.</param>
/// <param name="rollup">The rollup.</param>
public sealed class CommitteeCache(IGrainFactory grains, RollupSettings rollup)
{
    private const int MaxEpochs = 64;
    private readonly ConcurrentDictionary<ulong, Committee> _committees = new();

    /// <summary>A defect that a simulation plants, to see that its invariants find it; null for none.</summary>
    internal Func<Committee, Committee>? Defect { get; init; }

    /// <summary>The committee of a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Null where it is not known yet.</returns>
    public ValueTask<Committee?> OfSlot(ulong slot)
    {
        ulong epoch = rollup.Committees.EpochOf(slot);
        return _committees.TryGetValue(epoch, out Committee? known) ? new ValueTask<Committee?>(known) : Ask(epoch);
    }

    /// <summary>The committee of a slot if this process has asked for it before.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>For validation.</returns>
    public SlotCommittee Known(ulong slot) =>
        _committees.TryGetValue(rollup.Committees.EpochOf(slot), out Committee? known) ? new SlotCommittee.Known(known) : new SlotCommittee.Unknown();

    private async ValueTask<Committee?> Ask(ulong epoch)
    {
        if (epoch > long.MaxValue || await grains.Committee(epoch).Get() is not CommitteeView view)
        {
            return null;
        }

        if (_committees.Count >= MaxEpochs)
        {
            _committees.TryRemove(_committees.Keys.Min(), out _);
        }

        Committee committee = view.ToCommittee();
        return _committees.GetOrAdd(epoch, Defect?.Invoke(committee) ?? committee);
    }
}
