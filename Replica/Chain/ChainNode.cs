using Cloud.Protocol.Messages;

namespace Cloud.Replica.Chain;

/// <summary>A block in memory, and the chunks that stand on it in the order in which they came.</summary>
internal sealed class ChainNode(BlockId block, ChainChunk? chunk, ChainNode? parent)
{
    internal BlockId Block => block;

    /// <summary>Null for the block at which memory starts.</summary>
    internal ChainChunk? Chunk => chunk;

    internal ChainNode? Parent { get; set; } = parent;

    internal List<ChainNode> Children { get; } = [];

    internal ChunkCertificate? Certificate { get; set; }

    /// <summary>Whether a checkpoint with it was on L1, so that a quorum stands behind it even where its own certificate never came here.</summary>
    internal bool WasOnL1 { get; set; }

    internal ulong? Slot => chunk?.Slot;
}
