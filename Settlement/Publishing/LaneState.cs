using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>Everything that a lane must remember over a restart. One lane is one key with one kind of transaction, so that pools never see its kinds mixed.</summary>
/// <param name="Publisher">The key's address.</param>
/// <param name="Items">Nonces in use, lowest first, until they are final.</param>
public sealed record LaneState(Address Publisher, ImmutableArray<LaneItem> Items)
{
    /// <summary>A lane that has sent nothing.</summary>
    /// <param name="publisher">The key's address.</param>
    /// <returns>The state.</returns>
    public static LaneState Empty(Address publisher) => new(publisher, []);
}
