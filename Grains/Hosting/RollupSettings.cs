using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Time;
using Cloud.Protocol.Validation;

namespace Cloud.Grains.Hosting;

/// <summary>The rollup that the grains of a process work for. All values but the budgets in the timetable are the same in every process of it.</summary>
public sealed class RollupSettings
{
    /// <summary>Makes the settings.</summary>
    /// <param name="context">The rollup.</param>
    /// <param name="timetable">Its timetable.</param>
    /// <param name="committees">How committees are drawn.</param>
    /// <param name="limits">Limits of proposals; null for <see cref="ProposalLimits.Default"/>.</param>
    /// <param name="scheme">How signatures tell their signer; null for secp256k1.</param>
    public RollupSettings(SigningContext context, Timetable timetable, CommitteeRules committees, ProposalLimits? limits = null, ISignatureScheme? scheme = null)
    {
        ArgumentNullException.ThrowIfNull(timetable);
        ArgumentNullException.ThrowIfNull(committees);
        Context = context;
        Timetable = timetable;
        Committees = committees;
        Limits = limits ?? ProposalLimits.Default;
        Domains = new SigningDomains(context, scheme);
        Validator = new MessageValidator(Domains, timetable.Consensus, Limits);
    }

    /// <summary>The rollup.</summary>
    public SigningContext Context { get; }

    /// <summary>Every deadline.</summary>
    public Timetable Timetable { get; }

    /// <summary>How committees are drawn.</summary>
    public CommitteeRules Committees { get; }

    /// <summary>Limits of proposals.</summary>
    public ProposalLimits Limits { get; }

    /// <summary>What signatures are over.</summary>
    public SigningDomains Domains { get; }

    /// <summary>Checks messages before anything else is done with them.</summary>
    public MessageValidator Validator { get; }

    /// <summary>Whether anything of a slot can be known or wanted now: nobody makes room for slots far ahead.</summary>
    /// <param name="slot">Any slot.</param>
    /// <param name="now">The present.</param>
    /// <returns>False for slots above the one after the slot under construction.</returns>
    public bool IsNear(ulong slot, DateTimeOffset now)
    {
        ConsensusTimetable consensus = Timetable.Consensus;

        // Clocks differ: by as much as messages may be early, the next slot is near.
        ulong building = consensus.BuildingSlotAt(now + ConsensusTimetable.ClockTolerance) ?? 0;
        return slot <= building || slot - building <= 1;
    }
}
