using Cloud.Execution.Building;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Node;

/// <summary>A block that another one can be executed on: one of the tree, or a complete chunk under construction.</summary>
internal sealed record ParentState(BlockHeader Header, Hash256 Hash, IStateLayer State, ulong? Slot, ChunkLimits UsedInItsSlot)
{
    /// <summary>What the chunks of a slot use up to this block.</summary>
    internal ChunkLimits UsedInSlot(ulong slot) => Slot == slot ? UsedInItsSlot : default;
}
