using System.Collections.Concurrent;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Node;

namespace Cloud.Gateway.Status;

/// <summary>The committees by epoch: as L1 drew them where the host follows L1, otherwise drawn from the validators of the genesis configuration. Safe for several threads.</summary>
internal sealed class CommitteeBook(ReplicaNode node, SettlementBook settlement)
{
    private const int MaxEpochs = 64;

    private readonly ConcurrentDictionary<ulong, Committee> _drawn = new();

    /// <summary>The epoch of a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Its number.</returns>
    public ulong EpochOf(ulong slot) => node.Genesis.Committee.EpochOf(slot);

    /// <summary>The committee of an epoch.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <returns>Null where it is not known.</returns>
    public Committee? Find(ulong epoch)
    {
        if (settlement.Present.View is { } view)
        {
            return view.State.Committees.GetValueOrDefault(epoch);
        }

        if (node.Genesis.Validators.IsEmpty)
        {
            return null;
        }

        if (_drawn.TryGetValue(epoch, out Committee? known))
        {
            return known;
        }

        CommitteeRules rules = node.Genesis.Committee;
        if (Committee.Draw(epoch, node.Genesis.Validators.AsSpan(), rules.CommitteeSize, CommitteeRules.Seed(epoch, node.Genesis.Randao)) is not CommitteeResult.Formed formed)
        {
            return null;
        }

        if (_drawn.Count >= MaxEpochs)
        {
            _drawn.TryRemove(_drawn.Keys.Min(), out _);
        }

        return _drawn.GetOrAdd(epoch, formed.Committee);
    }

    /// <summary>The committee of a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Null where it is not known.</returns>
    public Committee? OfSlot(ulong slot) => Find(EpochOf(slot));

    /// <summary>Who proposes in a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Null where the committee is not known.</returns>
    public Address? ProposerAt(ulong slot) => OfSlot(slot)?.ProposerAt(slot);
}
