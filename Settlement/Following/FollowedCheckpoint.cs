using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Watching;

namespace Cloud.Settlement.Following;

/// <summary>A checkpoint that was rebuilt from L1 and blobs, and came out as its header says.</summary>
/// <param name="Posted">The checkpoint in the contract.</param>
/// <param name="Header">Its header; null for genesis.</param>
/// <param name="LastBlock">Header of its last block.</param>
/// <param name="BlockHash">That block's hash.</param>
/// <param name="State">The state after it; null where it was flattened before this run.</param>
public sealed record FollowedCheckpoint(PostedCheckpoint Posted, CheckpointHeader? Header, BlockHeader LastBlock, Hash256 BlockHash, StateLayer? State)
{
    /// <summary>The inbox's running hash after it.</summary>
    public Hash256 InHash => Header?.InHash ?? default;
}
