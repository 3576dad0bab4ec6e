using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Interfaces.Committees;

/// <summary>An epoch's committee between grains.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Seed">The epoch's seed.</param>
/// <param name="Members">The members in the order drawn.</param>
[GenerateSerializer]
[Immutable]
[Alias("CommitteeView")]
public sealed record CommitteeView([property: Id(0)] ulong Epoch, [property: Id(1)] Hash256 Seed, [property: Id(2)] ImmutableArray<Address> Members)
{
    /// <summary>A committee as a view.</summary>
    /// <param name="committee">The committee.</param>
    /// <returns>The view.</returns>
    public static CommitteeView Of(Committee committee)
    {
        ArgumentNullException.ThrowIfNull(committee);
        return new CommitteeView(committee.Epoch, committee.Seed, committee.Members);
    }

    /// <summary>The committee.</summary>
    /// <returns>What the view was made of.</returns>
    public Committee ToCommittee() => ((CommitteeResult.Formed)Committee.Of(Epoch, Members, Seed)).Committee;
}
