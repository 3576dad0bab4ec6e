using Cloud.Execution.Building;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Replica.Node;

/// <summary>A block that another one can be executed on: one of the tree, or a complete chunk under construction. Of such a one it may not be known yet up to where it consumes the inbox.</summary>
internal sealed record ParentState(BlockHeader Header, Hash256 Hash, IStateLayer State, ulong? Slot, ChunkLimits UsedInItsSlot, Hash256? InHash)
{
    /// <summary>What the chunks of a slot use up to this block.</summary>
    internal ChunkLimits UsedInSlot(ulong slot) => Slot == slot ? UsedInItsSlot : default;
}
