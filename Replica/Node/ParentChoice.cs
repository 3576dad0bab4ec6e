using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;

namespace Cloud.Replica.Node;

/// <summary>On what a proposer builds (building-in-chunks 3.1, steps 2 and 5).</summary>
public abstract record ParentChoice
{
    private ParentChoice()
    {
    }

    /// <summary>On this block.</summary>
    /// <param name="Block">The block: the newest one that was executed here, or the complete pending chunk on top of it.</param>
    /// <param name="Slot">Its slot; null for genesis.</param>
    /// <param name="Checkpoint">Hash of the checkpoint that ends with it; zero for none.</param>
    /// <param name="IsExpected">Whether that checkpoint was not proposed yet: the hash is that of the checkpoint of all chunks of its slot.</param>
    /// <param name="InvalidateFirst">Number of a checkpoint with bad attestations that has to go from L1 first; null for none.</param>
    public sealed record Chosen(BlockId Block, ulong? Slot, Hash256 Checkpoint, bool IsExpected, ulong? InvalidateFirst) : ParentChoice;

    /// <summary>As many slots wait for L1 as may.</summary>
    /// <param name="Unpublished">How many are unpublished.</param>
    /// <param name="Limit">How many may be below a new slot.</param>
    public sealed record TooDeep(int Unpublished, int Limit) : ParentChoice;

    /// <summary>A chunk of a slot before is under construction, and its producer may still complete it: to build beside it would break what its flashblocks promised.</summary>
    /// <param name="Slot">Its slot.</param>
    /// <param name="Chunk">Its index.</param>
    public sealed record ChunkOpen(ulong Slot, uint Chunk) : ParentChoice;

    /// <summary>The node does not know the chain well enough yet.</summary>
    /// <param name="Reason">What it waits for.</param>
    public sealed record NotSynced(string Reason) : ParentChoice;

    /// <summary>The chain has chunks of this slot or a later one.</summary>
    /// <param name="Slot">The slot of the newest chunk.</param>
    public sealed record SlotTaken(ulong Slot) : ParentChoice;
}
